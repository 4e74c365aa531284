import ts from 'typescript';
import { GenerationError } from './generation-error.mjs';
import { byPlace, importLine } from './source.mjs';

/** Edits of source files along their syntax trees; what is taken out again leaves the text as it was. */

const parse = (text) =>
  ts.createSourceFile(text.startsWith('{') ? 'file.json' : 'file.ts', text, ts.ScriptTarget.Latest, true);
const bare = (node) => (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? bare(node.expression) : node);
const nameOf = (member) =>
  member.name && (ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))
    ? member.name.text
    : member.name?.getText();

function find(node, test) {
  if (test(node)) return node;
  return ts.forEachChild(node, (child) => find(child, test));
}

function splice(text, from, to, insertion) {
  return text.slice(0, from) + insertion + text.slice(to);
}

/**
 * The list or object that is the value of a constant or of the first member of that name, or that a call makes it of, and of what is in it:
 * `x-tagGroups.Shop.tags` is the member `tags` of the one called Shop in the list `x-tagGroups`.
 */
function valueAt(source, path) {
  const [first, ...rest] = path.split('.');
  const declared = find(
    source,
    (node) => (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node)) && nameOf(node) === first,
  );
  let value = declared && bare(declared.initializer);
  if (value && ts.isCallExpression(value)) value = bare(value.arguments.at(-1));
  for (const name of rest) value = value && inside(value, name);
  if (!value || !(ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value)))
    throw new GenerationError(`There is no list called ${path} any more where a feature has to be named.`);
  return value;
}

const memberOf = (value, name) => value.properties.find((member) => nameOf(member) === name)?.initializer;

function inside(value, name) {
  if (ts.isArrayLiteralExpression(value))
    return value.elements.find((element) => memberOf(element, 'name')?.text === name);
  return memberOf(value, name) && bare(memberOf(value, name));
}

const partsOf = (value) => (ts.isArrayLiteralExpression(value) ? value.elements : value.properties);
/** What tells one entry of a list from another: the name of a member, the member `name` of an object, the text of anything else. */
function keyOf(part) {
  if (ts.isPropertyAssignment(part)) return nameOf(part);
  return ((ts.isObjectLiteralExpression(part) && memberOf(part, 'name')) || part).getText();
}

/** Adds an entry to a list or object at its end, but before what is spread into it unless it is spread itself. */
export function addEntry(text, path, entry) {
  const value = valueAt(parse(text), path);
  const parts = [...partsOf(value)].filter((part) => entry.startsWith('...') || !ts.isSpreadElement(part));
  if (parts.length === 0) return splice(text, value.getStart() + 1, value.getStart() + 1, entry);
  return splice(text, parts.at(-1).end, parts.at(-1).end, `,\n${entry}`);
}

/** Takes an entry out again. @param key The name of a member, or the text of an element. */
export function removeEntry(text, path, key) {
  const value = valueAt(parse(text), path);
  const parts = [...partsOf(value)];
  const index = parts.findIndex((part) => keyOf(part) === key);
  if (index === -1) return text;
  const from = index === 0 ? value.getStart() + 1 : parts[index - 1].end;
  const to = index === 0 ? (parts[1]?.getFullStart() ?? parts[0].end) : parts[index].end;
  return splice(text, from, to, '');
}

export function hasEntry(text, path, key) {
  return [...partsOf(valueAt(parse(text), path))].some((part) => keyOf(part) === key);
}

const imports = (source) => source.statements.filter(ts.isImportDeclaration);

/** Imports names, beside others of the same module or on a line of its own, in its place. */
export function addImport(text, from, ...names) {
  const source = parse(text);
  const known = imports(source).find((declaration) => declaration.moduleSpecifier.text === from);
  if (known) {
    const clause = known.importClause;
    const isTypes = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
    const present = clause.namedBindings.elements.map((element) =>
      isTypes ? `type ${element.getText()}` : element.getText(),
    );
    const missing = names.filter((name) => !present.includes(name) && !present.includes(name.replace(/^type /, '')));
    if (missing.length === 0) return text;
    const kept = present.filter((name) => !missing.includes(name.replace(/^type /, '')));
    return splice(text, known.getStart(), known.end, importLine(from, [...kept, ...missing]));
  }
  const next = imports(source).find((declaration) => byPlace(from, declaration.moduleSpecifier.text) < 0);
  const line = importLine(from, names);
  if (next) return splice(text, next.getStart(), next.getStart(), `${line}\n`);
  const last = imports(source).at(-1);
  if (!last) return `${line}\n\n${text}`;
  return splice(text, last.end, last.end, `\n${line}`);
}

/** Takes back what was imported from a module. */
export function removeImport(text, from) {
  const known = imports(parse(text)).find((declaration) => declaration.moduleSpecifier.text === from);
  if (!known) return text;
  const end = text.indexOf('\n', known.end) + 1;
  return splice(text, known.getStart(), end, '');
}

function classIn(text, name) {
  const found = find(parse(text), (node) => ts.isClassDeclaration(node) && node.name?.text === name);
  if (!found) throw new GenerationError(`There is no class ${name} any more.`);
  return found;
}

/** The names of the members of a class. */
export const membersOf = (text, name) => classIn(text, name).members.map(nameOf);

/** Adds a member to a class: a property after the last one, a method after the last public one. */
export function addMember(text, className, member, { isMethod = false, before } = {}) {
  const { members, end } = classIn(text, className);
  const isPrivate = (node) =>
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
  const isMember = (node) =>
    isMethod ? !isPrivate(node) || ts.isConstructorDeclaration(node) : ts.isPropertyDeclaration(node);
  const next = before && members.find((node) => nameOf(node) === before);
  if (next) return splice(text, next.getFullStart(), next.getFullStart(), `\n\n${member}`);
  const last = [...members].filter(isMember).at(-1);
  if (!last) return splice(text, end - 1, end - 1, `\n${member}\n`);
  return splice(text, last.end, last.end, `\n\n${member}`);
}

/** Adds a decorator to a class, after those it has. */
export function addDecorator(text, className, decorator) {
  const last = ts.getDecorators(classIn(text, className))?.at(-1);
  return splice(text, last.end, last.end, `\n${decorator}`);
}

/** Adds statements before a class. */
export function addBeforeClass(text, className, statements) {
  const start = classIn(text, className).getFullStart();
  return splice(text, start, start, `\n\n${statements}`);
}

/** Adds a class, function or constant at the end of a file. */
export function appendStatement(text, statement) {
  return `${text.trimEnd()}\n\n${statement.trim()}\n`;
}

/** The body of the function that is the callback of a call such as `describe(…)` or `it(…)` with that title. */
function callbackOf(text, call, title) {
  const source = parse(text);
  const found = find(
    source,
    (node) =>
      ts.isCallExpression(node) &&
      node.expression.getText().startsWith(call) &&
      (title === undefined || node.arguments[0]?.getText().includes(title)),
  );
  return found;
}

/** Adds a test at the end of the first `describe`. */
export function addTest(text, test) {
  const found = callbackOf(text, 'describe');
  const body = found?.arguments[1]?.body;
  if (!body) throw new GenerationError('There is no describe(…) any more to which a test could be added.');
  return splice(text, body.end - 1, body.end - 1, `\n\n${test}\n`);
}

/** Adds an element to the list that a call is made on, such as `it.each([…])('refuses …')`. */
export function addCase(text, title, element) {
  const found = find(
    parse(text),
    (node) =>
      ts.isCallExpression(node) &&
      ts.isCallExpression(node.expression) &&
      node.expression.expression.getText() === 'it.each' &&
      node.arguments[0]?.getText().includes(title),
  );
  const list = found?.expression.arguments[0];
  if (!list || !ts.isArrayLiteralExpression(list)) return undefined;
  const last = list.elements.at(-1);
  return splice(text, last.end, last.end, `,\n${element}`);
}

/** Adds arguments to a decorator of a method, or the decorator itself where the method has none of it. */
export function addDecoratorArgument(text, className, method, decorator, ...added) {
  const found = classIn(text, className).members.find((member) => nameOf(member) === method);
  if (!found) throw new GenerationError(`There is no method ${className}.${method} any more.`);
  const calls = ts.getDecorators(found).map(({ expression }) => expression);
  const call = calls.find((one) => ts.isCallExpression(one) && one.expression.getText() === decorator);
  if (!call) return splice(text, calls.at(-1).end, calls.at(-1).end, `\n@${decorator}(${added.join(', ')})`);
  return splice(text, call.arguments.at(-1).end, call.arguments.at(-1).end, `, ${added.join(', ')}`);
}

/** Adds a constant after another one. */
export function addConstant(text, after, statement) {
  const found = find(
    parse(text),
    (node) => ts.isVariableStatement(node) && nameOf(node.declarationList.declarations[0]) === after,
  );
  if (!found) throw new GenerationError(`There is no constant ${after} any more.`);
  return splice(text, found.end, found.end, `\n\n${statement}`);
}
