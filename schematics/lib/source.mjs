/** Collects what a file imports, and writes it down the way the other files of the project do. */
export class Imports {
  #byModule = new Map();

  /** @param names `Coupon`, or `type Coupon` for what exists only for the compiler. */
  add(from, ...names) {
    const known = this.#byModule.get(from) ?? new Set();
    for (const name of names) {
      if (known.has(name.replace(/^type /, ''))) continue;
      known.delete(`type ${name}`);
      known.add(name);
    }
    this.#byModule.set(from, known);
    return this;
  }

  /** The modules with what is imported from each. */
  entries() {
    return [...this.#byModule].map(([from, names]) => [from, [...names]]);
  }

  toString() {
    const lines = [...this.#byModule].filter(([, names]) => names.size > 0);
    return lines
      .sort(([a], [b]) => byPlace(a, b))
      .map(([from, names]) => importLine(from, [...names]))
      .join('\n');
  }
}

export function importLine(from, names) {
  const sorted = [...names].sort((a, b) => bare(a).localeCompare(bare(b)));
  const isTypes = sorted.every((name) => name.startsWith('type '));
  return `import ${isTypes ? 'type ' : ''}{ ${sorted.map((name) => (isTypes ? bare(name) : name)).join(', ')} } from '${from}';`;
}

const bare = (name) => name.replace(/^type /, '');

/** Packages first, then what is farther up. */
export function byPlace(a, b) {
  const rank = (from) => (from.startsWith('.') ? 1 : 0);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** The text of a file: what it imports, and its parts with a blank line between them; parts that are empty are left out. */
export function file(imports, ...parts) {
  return `${[String(imports), ...parts]
    .filter(Boolean)
    .map((part) => part.trim())
    .join('\n\n')}\n`;
}

/** A comment for documentation: one line where there is one, else one line each. */
export function doc(...lines) {
  const told = lines.filter((line) => line !== undefined && line !== '');
  if (told.length === 0) return '';
  if (told.length === 1) return `/** ${told[0]} */\n`;
  return `/**\n${told.map((line) => ` * ${line}\n`).join('')} */\n`;
}

/** A value as code. */
export function literal(value) {
  if (typeof value === 'string') return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, member]) => `${name}: ${literal(member)}`)
      .join(', ')} }`;
  return String(value);
}
