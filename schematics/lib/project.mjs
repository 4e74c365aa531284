import { GenerationError } from './generation-error.mjs';
import { singularOf } from './names.mjs';

const EXPORT = /^export (?:abstract |async )?(?:class|const|function|interface|type) (\w+)/gm;

/** What is in the project already. */
export class Project {
  constructor(tree) {
    this.tree = tree;
  }

  read(path) {
    const content = this.tree.read(path);
    if (!content) throw new GenerationError(`${path} is not there; run this at the top of the project.`);
    return content.toString('utf8');
  }

  has(path) {
    return this.tree.exists(path) || this.tree.getDir(path).subfiles.length + this.tree.getDir(path).subdirs.length > 0;
  }

  #files(folder) {
    const files = [];
    this.tree.getDir(folder).visit((path) => files.push(path));
    return files;
  }

  #sources;
  /** Path and text of every source file, those of tests left out. */
  get sources() {
    return (this.#sources ??= this.#files('src')
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
      .map((path) => [path, this.read(path)]));
  }

  /** Where classes, functions and constants are exported, by name. */
  get exported() {
    const names = new Map();
    for (const [path, text] of this.sources) for (const [, name] of text.matchAll(EXPORT)) names.set(name, path);
    return names;
  }

  /** The entity classes, by their tables. */
  get entities() {
    const found = new Map();
    for (const [path, text] of this.sources) {
      if (!path.endsWith('.entity.ts')) continue;
      for (const [, table, name] of text.matchAll(/@Entity\('(\w+)'\)[\s\S]*?export class (\w+)/g))
        found.set(table, { name, path });
    }
    return found;
  }

  /** Every table there is or was. */
  get tables() {
    const created = this.sources
      .filter(([path]) => path.includes('/migrations/'))
      .flatMap(([, text]) => [...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)"?/g)].map(([, name]) => name));
    return new Set([...created, ...this.entities.keys()]);
  }

  /** The first segments of the paths of the API. */
  get routes() {
    const { paths } = JSON.parse(this.read('openapi.json'));
    return new Set(Object.keys(paths).map((path) => path.replace(/^\/api\/v\d+/, '').split('/')[1]));
  }

  /** The entity behind `ref(table)`, and how a test makes a row of it. @throws GenerationError when either is missing. */
  reference(table) {
    const entity = this.entities.get(table);
    if (!entity) {
      const known = [...this.entities.keys()].sort().join(', ');
      throw new GenerationError(`ref(${table}): there is no table ${table}; there are ${known}.`);
    }
    return { table, entity: entity.name, factory: this.#factory(table, entity.name) };
  }

  #factory(table, entity) {
    if (table === 'variants') {
      const made = ['product.factory.js', 'createProduct'];
      return { imports: [made], code: '(await createProduct(app)).variants[0]!.id' };
    }
    const one = singularOf(table.replaceAll('_', '-'));
    const name = `create${entity}`;
    const path = `test/factories/${one}.factory.ts`;
    const text = this.tree.exists(path) ? this.read(path) : '';
    if (!text.includes(`function ${name}(`))
      throw new GenerationError(
        `ref(${table}): the tests need ${name}(app) in ${path}, which makes a row to refer to.`,
      );
    const made = [`${one}.factory.js`, name];
    const user = ['user.factory.js', 'createUser'];
    if (table === 'users') return { imports: [user], code: '(await createUser(app)).user.id' };
    if (/\bapp: TestApp,\s*userId: string/.test(text))
      return { imports: [made, user], code: `(await ${name}(app, (await createUser(app)).user.id)).id` };
    return { imports: [made], code: `(await ${name}(app)).id` };
  }
}
