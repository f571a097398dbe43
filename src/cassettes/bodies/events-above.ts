/** The events above a short line: which line stands for the next event, and which event a line stands for. */
import { createFrame, frameOf, type EventFrame } from './event-frame.ts'
import { createTemplate, fillTemplate, isSingle, matchTemplate, type EventTemplate } from './event-template.ts'
import {
  applyChanges,
  compareTrees,
  findValue,
  nameOf,
  sourceOf,
  type Change,
  type JsonTree,
  type TreeValue
} from './json-tree.ts'
import { writeShortLine, type ShortLine } from './short-line.ts'

/** How many events above a short line may speak of. */
const REACH = 100

/** How many of them are compared with an event that is being written. */
const TRIES = 3

/** A line that is not shorter than this part of its event shows less than the event does. */
const WORTH = 0.7

/** An event above. */
interface Known {
  readonly frame: EventFrame
  /** The line that stands for it. */
  readonly line: ShortLine | undefined
  /** The event with holes for what its line names. */
  readonly template: EventTemplate | undefined
}

export interface EventsAbove {
  /** Adds an event. Gives the line that stands for it, or `undefined` where none does, or none is worth it. */
  shorten(frame: EventFrame): ShortLine | undefined
  /** Adds and gives the event that a line stands for; `undefined` where it stands for none. */
  expand(line: ShortLine): EventFrame | undefined
  /** Adds an event that stands as it came. */
  add(frame: EventFrame): void
}

/** @param counted the field that is one more in each event than in the one above, unless a line names it */
export function createEventsAbove(counted: string | undefined): EventsAbove {
  const known: Known[] = []
  let count: number | undefined

  function nearest(fits: (tree: JsonTree) => boolean): JsonTree | undefined {
    for (let at = known.length - 1; at >= 0; at -= 1) {
      const tree = known[at]!.frame.tree()
      if (tree && fits(tree)) return tree
    }
    return undefined
  }

  function baseOf(names: readonly string[]): JsonTree | undefined {
    return nearest((tree) => names.every((name) => findValue(tree, name)))
  }

  /** The field that counts, where a count is known. */
  function countedIn({ root }: JsonTree): TreeValue | undefined {
    return counted === undefined || count === undefined ? undefined : root.items!.find(({ path }) => path === `.${counted}`)
  }

  function next(): string {
    return String(count! + 1)
  }

  /** A line like the last one, with other values. Fields that are no texts and did not change again make another line. */
  function matchLast(frame: EventFrame): ShortLine | undefined {
    const last = known.at(-1)
    if (!last?.template || !last.line || last.frame.head !== frame.head || last.frame.tail !== frame.tail) return undefined
    const { names } = last.template
    const sources = matchTemplate(last.template, frame.json)
    if (!sources || sources.some((source, at) => names[at] === '' && source !== next())) return undefined
    const fields = names.flatMap((name, at) => (name === '' ? [] : [[name, sources[at]!] as const]))
    const isAlike = fields.every(([, source], at) => source.startsWith('"') || source !== last.line!.fields[at]![1])
    return isAlike ? { fields, pad: frame.pad } : undefined
  }

  function compareWith({ frame: { tree: treeOf }, line }: Known, to: JsonTree, pad: number): ShortLine | undefined {
    const tree = treeOf()
    if (!tree) return undefined
    const value = countedIn(tree)
    const changes = compareTrees(tree, to).filter((change) => change.value !== value)
    const after = value && to.root.items!.find(({ path }) => path === value.path)
    if (value && after && sourceOf(to, after) !== next()) changes.push({ value, source: sourceOf(to, after) })
    const same = sameTexts(tree, line).filter((text) => !changes.some((change) => holds(change.value, text)))
    if (changes.length === 0 && same.length === 0) same.push(...lastText(tree, line))
    changes.push(
      ...same.map((text) => ({
        value: text,
        source: sourceOf(
          to,
          to.all.find(({ path }) => path === text.path)!
        )
      }))
    )
    changes.sort((a, b) => a.value.start - b.value.start)
    const names = changes.map((change) => nameOf(tree, change.value))
    if (names.includes(undefined) || baseOf(names as string[]) !== tree) return undefined
    return { fields: changes.map(({ source }, at) => [names[at]!, source]), pad }
  }

  function findLine(frame: EventFrame): ShortLine | undefined {
    const to = frame.tree()
    if (!to) return undefined
    const alike = known.filter((one) => one.frame.head === frame.head && one.frame.tail === frame.tail)
    for (const base of alike.slice(-TRIES).toReversed()) {
      const line = compareWith(base, to, frame.pad)
      if (line && isWorth(line, frame)) return line
    }
    return undefined
  }

  function add(frame: EventFrame, line?: ShortLine, template?: EventTemplate): void {
    const value = counted === undefined ? undefined : frame.fields()[counted]
    if (isCount(value)) count = value
    known.push({ frame, line, template: template ?? (line && templateOf(frame, line)) })
    if (known.length > REACH) known.shift()
  }

  function templateOf(frame: EventFrame, { fields }: ShortLine): EventTemplate | undefined {
    const tree = frame.tree()
    if (!tree) return undefined
    const holes = fields.flatMap(([name]) => {
      const value = findValue(tree, name)
      return value ? [{ name, value }] : []
    })
    const counting = countedIn(tree)
    // A line that named the count is no model for the next one, which need not.
    if (holes.length < fields.length || holes.some(({ value }) => value === counting)) return undefined
    return createTemplate(tree.json, counting ? [...holes, { name: '', value: counting }] : holes)
  }

  return {
    add: (frame) => add(frame),
    shorten(frame) {
      const matched = matchLast(frame)
      const line = matched && isWorth(matched, frame) ? matched : findLine(frame)
      add(frame, line, line === matched ? known.at(-1)?.template : undefined)
      return line
    },
    expand(line) {
      const last = known.at(-1)
      const names = line.fields.map(([name]) => name)
      const sources = line.fields.map(([, source]) => source)
      const template = last?.template
      if (template && sources.every(isSingle) && String(template.names.filter((name) => name !== '')) === String(names)) {
        const json = fillTemplate(
          template,
          template.names.map((name) => (name === '' ? next() : sources[names.indexOf(name)]!))
        )
        const { head, tail } = last.frame
        const frame = frameOf({ head, json, pad: line.pad, tail })
        add(frame, line, template)
        return frame
      }
      const tree = baseOf(names)
      const base = known.findLast((one) => tree && one.frame.tree() === tree)
      if (!tree || !base) return undefined
      const changes = line.fields.map(([name, source]): Change => ({ value: findValue(tree, name)!, source }))
      const counting = countedIn(tree)
      if (counting && !changes.some(({ value }) => value === counting)) changes.push({ value: counting, source: next() })
      const json = applyChanges(tree, changes)
      const frame =
        json === undefined ? undefined : createFrame({ head: base.frame.head, json, pad: line.pad, tail: base.frame.tail })
      if (frame) add(frame, line)
      return frame
    }
  }
}

function isWorth(line: ShortLine, frame: EventFrame): boolean {
  return writeShortLine(line).length < (frame.head.length + frame.json.length) * WORTH
}

/** The texts that an event's own line gave: the next line gives them too, though they be the same. */
function sameTexts(tree: JsonTree, line: ShortLine | undefined): TreeValue[] {
  const values = (line?.fields ?? []).map(([name]) => findValue(tree, name))
  return values.filter((value) => value !== undefined).filter((value) => tree.json[value.start] === '"')
}

/** The last text in what an event's own line gave, for an event that is the same as the one above. */
function lastText(tree: JsonTree, line: ShortLine | undefined): TreeValue[] {
  const outer = line?.fields.at(-1) && findValue(tree, line.fields.at(-1)![0])
  const inner = outer && tree.all.findLast((value) => tree.json[value.start] === '"' && holds(outer, value))
  return inner ? [inner] : []
}

function holds(outer: TreeValue, inner: TreeValue): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

/** Whether a value can count events. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
