/** The files of src/ as the compiler reads them: for tests that look at how the house is built. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export interface SourceFile {
  /** From src/, e.g. `http/body.ts`. */
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly imports: readonly SourceImport[]
}

export interface SourceImport {
  /** As written: `node:zlib`, `../http/body.ts`. */
  readonly specifier: string
  /** The file of src/ it means, or `undefined` for a package. */
  readonly file: string | undefined
  /** What is taken by name, types included. */
  readonly names: readonly string[]
  /** `import('…')`, in code or as a type. */
  readonly isDynamic: boolean
}

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

/** Every .ts file of src/, sorted by path. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(SRC + path, 'utf8')
      return readSource(path, text)
    })
}

/** One file, from its text. */
export function readSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: SourceImport[] = []
  visitNodes(tree, (node) => {
    const specifier = specifierOf(node)
    if (specifier === undefined) return
    imports.push({
      specifier,
      file: specifier.startsWith('.') ? posix.join(dirname(path), specifier) : undefined,
      names: namesOf(node),
      isDynamic: !ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)
    })
  })
  return { path, text, tree, imports }
}

/** Visits a node and everything below it. */
export function visitNodes(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => visitNodes(child, visit))
}

/** The line of a node, counted from 1. */
export function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1
}

function specifierOf(node: ts.Node): string | undefined {
  const literal =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return literal && ts.isStringLiteralLike(literal) ? literal.text : undefined
}

function namesOf(node: ts.Node): string[] {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : undefined
  if (!bindings) return []
  if (ts.isNamespaceImport(bindings)) return ['*']
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text)
}
