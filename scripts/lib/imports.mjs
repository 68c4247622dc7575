/** Reads what every source file of the workspace imports. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/**
 * @typedef {object} Import
 * @property {string} file importing file, relative to the root, with forward slashes
 * @property {number} line
 * @property {string} specifier as written
 * @property {string | undefined} target imported file of this repository, when the specifier is relative
 */

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesIn(path);
    return /\.(m?tsx?|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

/** @param {string} from @param {string} specifier */
function resolveRelative(from, specifier) {
  const base = resolve(dirname(from), specifier);
  const stem = base.replace(/\.js$/, '');
  return [base, `${stem}.ts`, `${base}.ts`, join(base, 'index.ts')].find(
    (path) => existsSync(path) && statSync(path).isFile(),
  );
}

/** @param {ts.SourceFile} source */
function specifiersOf(source) {
  /** @type {ts.StringLiteralLike[]} */
  const found = [];
  /** @param {ts.Node | undefined} node */
  const add = (node) => {
    if (node !== undefined && ts.isStringLiteralLike(node)) found.push(node);
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0]);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * All imports of all TypeScript and script files below the given folders: static, dynamic and of types alike.
 * @param {string} root
 * @param {readonly string[]} folders
 */
export function readImports(root, folders) {
  const name = (/** @type {string} */ path) => relative(root, path).split(sep).join('/');
  const files = folders.flatMap((folder) => filesIn(join(root, folder)));
  /** @type {Import[]} */
  const imports = [];
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, false);
    for (const literal of specifiersOf(source)) {
      const target = literal.text.startsWith('.') ? resolveRelative(file, literal.text) : undefined;
      imports.push({
        file: name(file),
        line: source.getLineAndCharacterOfPosition(literal.getStart(source)).line + 1,
        specifier: literal.text,
        target: target === undefined ? undefined : name(target),
      });
    }
  }
  return { files: files.map(name), imports };
}
