/** What every redactor promises, as one suite: a new one is passed to it with samples of what it finds and what it leaves. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Redactor } from '../../src/redaction/redactor.ts'

export interface RedactorSamples {
  /** Secrets, each as it stands alone, with its kind. */
  readonly secrets: readonly (readonly [kind: string, secret: string])[]
  /** What stands before each secret where it needs that to be found, e.g. `Bearer `. */
  readonly before?: string
  /** Texts in which nothing is to be found. */
  readonly harmless: readonly string[]
}

const PROSE = fc
  .array(fc.constantFrom('the', 'key', 'is', 'a', 'word', 'für', '\n', '"', '{', '→', '😀', '1.5', 'x-y'), { maxLength: 20 })
  .map((words) => words.join(' '))

export function testRedactor(redactor: Redactor, { secrets, before = '', harmless }: RedactorSamples): void {
  const found = (text: string): [kind: string, text: string][] =>
    [...redactor.find(text)].map(({ start, end, kind }) => [kind, text.slice(start, end)])

  describe(`the redactor ${redactor.name}`, () => {
    it('has a name in kebab case', () => {
      expect(redactor.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    })

    it('finds each sample, whole, and says what it is', () => {
      for (const [kind, secret] of secrets) expect(found(before + secret), `${kind} alone`).toContainEqual([kind, secret])
    })

    it('finds each sample in any prose', () => {
      fc.assert(
        fc.property(PROSE, PROSE, fc.constantFrom(...secrets), (left, right, [kind, secret]) => {
          expect(found(`${left} ${before}${secret} ${right}`)).toContainEqual([kind, secret])
        })
      )
    })

    it('finds a sample twice where it stands twice', () => {
      for (const [kind, secret] of secrets) {
        const text = `${before}${secret} and ${before}${secret}`
        const places = [...redactor.find(text)]
          .filter(({ start, end }) => text.slice(start, end) === secret)
          .map(({ start }) => start)
        expect([...new Set(places)], kind).toEqual([before.length, text.length - secret.length])
      }
    })

    it('gives places within the text, kinds that can name a placeholder, and the same answer each time', () => {
      fc.assert(
        fc.property(fc.string({ maxLength: 60 }), fc.constantFrom(...secrets), (noise, [, secret]) => {
          const text = noise + before + secret + noise
          const findings = [...redactor.find(text)]
          for (const { start, end, kind } of findings) {
            expect(start).toBeGreaterThanOrEqual(0)
            expect(end).toBeGreaterThan(start)
            expect(end).toBeLessThanOrEqual(text.length)
            expect(kind).toMatch(/^[a-z][a-z0-9-]*$/)
          }
          expect([...redactor.find(text)]).toEqual(findings)
        })
      )
    })

    it('leaves harmless texts', () => {
      for (const text of harmless) expect(found(text), text.slice(0, 80)).toEqual([])
    })

    it('finds nothing in placeholders', () => {
      for (const [kind] of secrets) expect(found(`x <${kind}:1> y "<${kind}:22>"`), kind).toEqual([])
    })

    it('reads a megabyte of whatever is worst for it, and comes back', () => {
      const worst = [
        ...secrets.flatMap(([, secret]) => [before + secret.slice(0, 8), secret.slice(0, -1)]),
        'A',
        '0',
        '/',
        '-----BEGIN PRIVATE KEY' + '-----',
        '://a:',
        '\\'
      ]
      for (const part of worst) {
        const text = part.repeat(Math.ceil(300_000 / part.length))
        const from = performance.now()
        for (const { end } of redactor.find(text)) expect(end).toBeLessThanOrEqual(text.length)
        // A pattern that is not linear needs minutes here.
        expect(performance.now() - from, JSON.stringify(part.slice(0, 6))).toBeLessThan(8000)
      }
    })
  })
}
