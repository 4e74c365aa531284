import { globSync, readFileSync } from 'node:fs';
import { Tree } from '@angular-devkit/schematics';
import { describe, expect, it } from '@jest/globals';
import { feature } from './feature/index.mjs';
import { field } from './field/index.mjs';
import { operation } from './operation/index.mjs';

/** What generators read and change. */
const FILES = globSync([
  'src/**/*.ts',
  'test/factories/*.ts',
  'test/e2e/access/*.ts',
  'test/e2e/http/version-mismatch.e2e-spec.ts',
  'assets/docs/document.json',
  'openapi.json',
]);
const BEFORE = new Map(FILES.map((path) => [path, readFileSync(path, 'utf8')]));

/** What generators say beside what they write. */
const said = [];
const CONTEXT = { logger: { warn: (text) => said.push(text) } };

const UNCHANGED = Tree.empty();
for (const [path, text] of BEFORE) UNCHANGED.create(path, text);
const project = () => UNCHANGED.branch();
const textsOf = (tree) => {
  const texts = new Map();
  tree.visit((path) => texts.set(path.slice(1), tree.read(path).toString('utf8')));
  return texts;
};
/** Paths that are not as they were. */
const changed = (tree) => {
  const after = textsOf(tree);
  return [...new Set([...BEFORE.keys(), ...after.keys()])]
    .filter((path) => BEFORE.get(path) !== after.get(path))
    .sort();
};

const COUPONS = {
  name: 'coupons',
  fields: 'title:string{1..120}! price:money kind:enum(gift|loyalty)=gift productId:ref(products)',
};
const TICKETS = {
  name: 'tickets',
  fields: 'subject:string dueAt:datetime?',
  owner: 'user',
  scope: 'tickets',
  events: true,
  job: true,
  roles: 'support',
};
const SWEEPS = { name: 'sweeps', fields: 'note:text', job: true, migration: false };

let generated;
/** The project with coupons, which are generated once for all tests that begin with them. */
const projectWithCoupons = async () => {
  generated ??= (async () => {
    const tree = project();
    await feature(COUPONS)(tree, CONTEXT);
    return tree;
  })();
  return (await generated).branch();
};

describe('nest g feature', () => {
  it('writes a whole feature and names it wherever features are named', async () => {
    const tree = project();
    await feature(COUPONS)(tree, CONTEXT);
    expect(changed(tree).map((path) => path.replace(/\d{13}/, '…'))).toEqual([
      'assets/docs/document.json',
      'schematics/generated/coupons.json',
      'src/app.module.ts',
      'src/common/security/scopes.ts',
      'src/coupons/coupon.dto.spec.ts',
      'src/coupons/coupon.dto.ts',
      'src/coupons/coupon.entity.ts',
      'src/coupons/coupons.controller.ts',
      'src/coupons/coupons.errors.ts',
      'src/coupons/coupons.module.ts',
      'src/coupons/coupons.repository.ts',
      'src/coupons/coupons.service.ts',
      'src/database/migrations/…-create-coupons.ts',
      'src/database/migrations/index.ts',
      'test/e2e/access/access-matrix.ts',
      'test/e2e/coupons/coupon-races.e2e-spec.ts',
      'test/e2e/coupons/coupons.e2e-spec.ts',
      'test/e2e/http/version-mismatch.e2e-spec.ts',
      'test/factories/coupon.factory.ts',
      'test/integration/coupons/coupons.repository.int-spec.ts',
    ]);
    for (const [path, text] of textsOf(tree))
      if (!BEFORE.has(path)) expect(text).not.toMatch(/undefined\b.*undefined|\[object|TODO|\n\n\n/);
  });

  it('leaves no trace of what was not asked for', async () => {
    const tree = await projectWithCoupons();
    const text = [...textsOf(tree)]
      .filter(([path]) => path.includes('coupons/'))
      .map(([, one]) => one)
      .join('');
    expect(text).not.toMatch(/Outbox|Processor|userId|processedAt|PersonalData|ownerId/);
  });

  it.each([
    [
      'a path, a table, a class, a folder',
      { ...COUPONS, name: 'orders' },
      /src\/orders is there; .*\/orders is a path of the API; orders is a table/,
    ],
    ['a class of another feature', { ...COUPONS, name: 'stocks' }, /Stock is a class of src\/products/],
    ['a queue', { name: 'refunds', fields: 'a:text', plural: 'payment', singular: 'payment' }, /its own singular/],
    ['a reserved word', { ...COUPONS, name: 'classes' }, /reserved word/],
    ['a class that every feature uses', { ...COUPONS, name: 'pages' }, /reserved word \(Page\)/],
    ['no fields', { name: 'coupons' }, /needs fields/],
    ['a bad field', { name: 'coupons', fields: 'title:strin' }, /there is no type strin/],
    ['a table that is not there', { name: 'coupons', fields: 'a:ref(moons)' }, /there is no table moons/],
    [
      'a table without a factory',
      { name: 'coupons', fields: 'a:ref(locations)' },
      /the tests need createLocation\(app\)/,
    ],
    ['another owner', { ...COUPONS, owner: 'shop' }, /--owner is none or user/],
    ['an unknown role', { ...COUPONS, roles: 'boss' }, /boss is none/],
    ['a bad scope', { ...COUPONS, scope: 'coupons:read' }, /first half of scopes/],
  ])('refuses %s in one sentence, and changes nothing', async (_, options, message) => {
    const tree = project();
    await expect(feature(options)(tree, CONTEXT)).rejects.toThrow(message);
    expect(changed(tree)).toEqual([]);
  });

  it('refuses to run twice, saying what is in the way', async () => {
    const tree = await projectWithCoupons();
    const once = textsOf(tree);
    await expect(feature(COUPONS)(tree, CONTEXT)).rejects.toThrow('coupons cannot be generated: src/coupons is there');
    expect(textsOf(tree)).toEqual(once);
  });
});

describe('nest g feature --remove', () => {
  it.each([[COUPONS], [TICKETS], [SWEEPS]])('takes out what was not edited, without a trace: %j', async (options) => {
    const tree = project();
    await feature(options)(tree, CONTEXT);
    said.length = 0;
    await feature({ name: options.name, remove: true })(tree, CONTEXT);
    expect(changed(tree)).toEqual([]);
    const once = expect.stringContaining('"npm run migration:revert" once');
    expect(said).toEqual(options.migration === false ? [] : [once]);
  });

  it('takes features out in any order, with what was added to them', async () => {
    const tree = project();
    for (const options of [COUPONS, TICKETS, SWEEPS]) await feature(options)(tree, CONTEXT);
    await operation({ name: 'tickets', operation: 'close' })(tree, CONTEXT);
    await field({ name: 'coupons', field: 'limit:int? source:enum(shop|mail)=shop code:string{4..40}?!' })(
      tree,
      CONTEXT,
    );
    for (const name of ['coupons', 'sweeps', 'tickets']) await feature({ name, remove: true })(tree, CONTEXT);
    expect(changed(tree)).toEqual([]);
  });

  it('refuses what was edited, naming the files, and changes nothing', async () => {
    const tree = await projectWithCoupons();
    const path = 'src/coupons/coupons.service.ts';
    tree.overwrite(path, `${tree.read(path)}// By hand.\n`);
    const before = textsOf(tree);
    await expect(feature({ name: 'coupons', remove: true })(tree, CONTEXT)).rejects.toThrow(`by hand: ${path}.`);
    // What is added meanwhile does not make an edited file an unedited one.
    await field({ name: 'coupons', field: 'limit:int?' })(tree, CONTEXT);
    await expect(feature({ name: 'coupons', remove: true })(tree, CONTEXT)).rejects.toThrow('by hand');
    expect(textsOf(tree).size).toBe(before.size + 1);
  });

  it('refuses what others use, and what was never generated', async () => {
    const tree = await projectWithCoupons();
    tree.create(
      'src/orders/discount.ts',
      `import { CouponsService } from '../coupons/coupons.service.js';\nexport const used = CouponsService;\n`,
    );
    await expect(feature({ name: 'coupons', remove: true })(tree, CONTEXT)).rejects.toThrow(
      'in use: src/orders/discount.ts',
    );
    await expect(feature({ name: 'orders', remove: true })(tree, CONTEXT)).rejects.toThrow(
      'no generated feature orders',
    );
  });
});

describe('nest g operation and nest g field', () => {
  it.each([
    [operation, { name: 'coupons', operation: 'update' }, 'coupons have update already'],
    [operation, { name: 'coupons', operation: 'redeem', method: 'GET' }, 'An operation is a command'],
    [operation, { name: 'coupons', operation: 'no way' + '!' }, 'cannot name an operation'],
    [operation, { name: 'moons', operation: 'redeem' }, 'no generated feature moons'],
    [field, { name: 'coupons', field: 'title:text?' }, 'coupons have title already'],
    [field, { name: 'coupons', field: 'stars:int' }, 'let it be absent'],
    [field, { name: 'coupons', field: 'stars' }, 'is no field'],
    [field, { name: 'coupons', field: '' }, 'Which field'],
  ])('refuse what cannot be, and change nothing (%#)', async (generate, options, message) => {
    const tree = await projectWithCoupons();
    const before = textsOf(tree);
    await expect(generate(options)(tree, CONTEXT)).rejects.toThrow(message);
    expect(textsOf(tree)).toEqual(before);
  });

  it('refuse to do the same twice', async () => {
    const tree = await projectWithCoupons();
    await operation({ name: 'coupons', operation: 'redeem' })(tree, CONTEXT);
    await expect(operation({ name: 'coupons', operation: 'redeem' })(tree, CONTEXT)).rejects.toThrow(
      'have redeem already',
    );
    await field({ name: 'coupons', field: 'limit:int?' })(tree, CONTEXT);
    await expect(field({ name: 'coupons', field: 'limit:int?' })(tree, CONTEXT)).rejects.toThrow('have limit already');
  });

  it('leave edits as they are', async () => {
    const tree = await projectWithCoupons();
    const path = 'src/coupons/coupons.service.ts';
    tree.overwrite(
      path,
      tree.read(path).toString().replace('/** Coupons. */', '/** What takes something off a price. */'),
    );
    await operation({ name: 'coupons', operation: 'redeem' })(tree, CONTEXT);
    expect(tree.read(path).toString()).toMatch(/\/\*\* What takes something off a price\. \*\/[\s\S]*redeem\(/);
  });
});
