import { isFilter, isRequired, refusalsOf, samplesOf } from './fields.mjs';
import { columnNames, conditionOf, constraint } from './members.mjs';
import { file, Imports, literal } from './source.mjs';
import { errorsOf } from './sources.mjs';

const NOBODYS = `const NOBODYS = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';`;
const members = (parts) => parts.filter(Boolean).join('\n\n');
const isRef = ({ type }) => type === 'ref';
const SRC = '../../src';

/** Code of a value that a test may give the field. */
function valueCode(field, [sample]) {
  if (field.isUnique && field.type === 'string')
    return field.max < 24 ? `unique().slice(-${field.max})` : '`x-${unique()}`';
  if (field.isUnique && field.type === 'uuid') return 'newId()';
  return field.type === 'datetime' ? `new Date(${literal(sample)})` : literal(sample);
}

const needsUnique = (fields) => fields.some(({ isUnique, type }) => isUnique && type === 'string');
const needsId = (fields) => fields.some(({ isUnique, type }) => isUnique && type === 'uuid');

export function factoryFile(model) {
  const { One, Many, plural, singular, aOne, oneWords, fields, isOwned } = model;
  const required = fields.filter(isRequired);
  const references = required.filter(isRef);
  const own = required.filter((field) => !isRef(field));
  const src = `${SRC}/${plural}`;
  const imports = new Imports()
    .add(`${src}/${singular}.dto.js`, `type Create${One}Dto`)
    .add(`${src}/${singular}.entity.js`, `type ${One}`)
    .add(`${src}/${plural}.service.js`, `${Many}Service`)
    .add('../support/test-app.js', 'type TestApp');
  if (needsUnique(own)) imports.add('./user.factory.js', 'unique');
  if (needsId(own)) imports.add(`${SRC}/common/ids.js`, 'newId');
  for (const { target } of references)
    for (const [from, name] of target.factory.imports) imports.add(`./${from}`, name);
  const smallest = own.map((field) => `${field.name}: ${valueCode(field, samplesOf(field))}`);
  const service = `app.app.get(${Many}Service, { strict: false })`;
  const build =
    references.length > 0
      ? `/** The smallest ${oneWords} there can be, about things of its own. */
export async function build${One}(app: TestApp, overrides: Partial<Create${One}Dto> = {}): Promise<Create${One}Dto> {
  return { ${[...references.map(({ name, target }) => `${name}: ${target.factory.code}`), ...smallest, '...overrides'].join(', ')} };
}`
      : `/** The smallest ${oneWords} there can be. */
export function build${One}(overrides: Partial<Create${One}Dto> = {}): Create${One}Dto {
  return { ${[...smallest, '...overrides'].join(', ')} };
}`;
  const built = references.length > 0 ? `await build${One}(app, overrides)` : `build${One}(overrides)`;
  return file(
    imports,
    build,
    `/** Saves ${aOne}${isOwned ? ' of a user' : ''}. */
export ${references.length > 0 ? 'async ' : ''}function create${One}(app: TestApp, ${isOwned ? 'userId: string, ' : ''}overrides: Partial<Create${One}Dto> = {}): Promise<${One}> {
  return ${service}.create(${isOwned ? 'userId, ' : ''}${built});
}`,
  );
}

export function unitFile(model) {
  const { One, singular, aOne, fields } = model;
  const imports = new Imports()
    .add(model.up('common/validation/validation.pipe.js'), 'RequestValidationPipe')
    .add(model.up('common/errors/request.errors.js'), 'type InvalidRequestError')
    .add(`./${singular}.dto.js`, `Create${One}Dto`, `Update${One}Dto`);
  const whole = fields.map((field) => `${field.name}: ${literal(samplesOf(field)[0])}`);
  const optional = fields.filter((field) => !isRequired(field)).map(({ name }) => name);
  const smallest =
    optional.length > 0
      ? `const { ${optional.map((name) => `${name}: _${name}`).join(', ')}, ...smallest } = WHOLE;`
      : '';
  const refusals = fields.flatMap((field) =>
    refusalsOf(field).map(([code, pointer]) => `[{ ${field.name}: ${code} }, '${pointer}'],`),
  );
  const removable = fields.filter(({ isOptional }) => isOptional).map(({ name }) => name);
  const kept = fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
  return file(
    imports,
    `const pipe = new RequestValidationPipe();
const read = (metatype: new () => object, body: object): Promise<unknown> => pipe.transform(body, { type: 'body', metatype });
const refusal = (body: object, metatype: new () => object = Create${One}Dto): Promise<InvalidRequestError> =>
  read(metatype, body).then(
    () => expect.fail('it was taken'),
    (error: InvalidRequestError) => error,
  );

/** Every member. */
const WHOLE = { ${whole.join(', ')} };`.replace(
      "() => expect.fail('it was taken')",
      '() => Promise.reject(new Error(`${JSON.stringify(body)} was taken`))',
    ),
    `describe('${aOne}', () => {
${members([
  `it('takes every member${optional.length > 0 ? ', and does without those that may be absent' : ''}', async () => {
  expect(JSON.parse(JSON.stringify(await read(Create${One}Dto, WHOLE)))).toEqual(WHOLE);
  ${optional.length > 0 ? `${smallest}\n  expect(JSON.parse(JSON.stringify(await read(Create${One}Dto, smallest)))).toEqual(smallest);` : ''}
})`.replace(/\n\s*\n/g, '\n') + ';',
  `it.each([\n${refusals.join('\n')}\n[{ version: 7 }, '/version'],\n])('refuses %j, pointing at %s', async (change, pointer) => {
  const { errors } = await refusal({ ...WHOLE, ...change });
  expect(errors.map((error) => error.pointer)).toContain(pointer);
});`,
  kept.length > 0 && keeping(model, literal(kept)),
  removable.length > 0 && losing(model, literal(removable)),
])}
});`,
  );
}

/** The test of members that no merge patch removes. */
export const keeping = ({ One }, names) =>
  `it.each(${names})('keeps its %s: a merge patch cannot remove it', async (name) => {
  expect((await refusal({ [name]: null }, Update${One}Dto)).errors).toMatchObject([{ pointer: \`/\${name}\` }]);
});`;

/** The test of members that a merge patch removes. */
export const losing = ({ One }, names) =>
  `it.each(${names})('can lose its %s: a merge patch removes it', async (name) => {
  expect(await read(Update${One}Dto, { [name]: null })).toEqual({ [name]: null });
});`;

/** Shared parts of the tests that go through the application. */
export function parts(model) {
  const { One, fields, isOwned } = model;
  const references = fields.filter(isRequired).filter(isRef);
  const build = (overrides = '') =>
    references.length > 0 ? `await build${One}(app${overrides && `, ${overrides}`})` : `build${One}(${overrides})`;
  const create = (user, overrides = '') =>
    `await create${One}(app${isOwned ? `, ${user}.user.id` : ''}${overrides && `, ${overrides}`})`;
  const changing =
    fields.find((field) => !isRef(field) && !field.isUnique) ?? fields.find((field) => !isRef(field)) ?? fields[0];
  const changed = isRef(changing)
    ? changing.target.factory.code
    : changing.isUnique
      ? valueCode(changing, samplesOf(changing).slice(1))
      : literal(samplesOf(changing)[1]);
  const writer = isOwned ? 'owner' : 'staff';
  return { build, create, changing, changed, writer };
}

export function endToEndFile(model) {
  const {
    One,
    plural,
    singular,
    code,
    manyWords,
    fields,
    isOwned,
    isStaffed,
    isAudited,
    scope,
    events,
    job,
    sorts,
    table,
  } = model;
  const { build, create, changing, changed, writer } = parts(model);
  const imports = new Imports()
    .add(`../../../src/${plural}/${singular}.dto.js`, `type ${One}PageDto`, `type ${One}ResponseDto`)
    .add('../../factories/user.factory.js', isOwned ? 'createUser' : 'createStaff', 'type SignedInUser')
    .add('../../support/test-app.js', 'TestApp')
    .add(`../../factories/${singular}.factory.js`, `build${One}`, `create${One}`);
  const importRef = ({ target }) => {
    for (const [from, name] of target.factory.imports) imports.add(`../../factories/${from}`, name);
  };
  if (isRef(changing)) importRef(changing);
  if (sorts[1] && needsUnique(fields.filter(({ name }) => name === sorts[1])))
    imports.add('../../factories/user.factory.js', 'unique');
  if (changing.isUnique && changing.type === 'string') imports.add('../../factories/user.factory.js', 'unique');
  if (changing.isUnique && changing.type === 'uuid') imports.add('../../../src/common/ids.js', 'newId');
  const path = `/${plural}`;
  const token = `token: ${writer}.token`;
  const optional = fields.filter(({ isOptional, type }) => isOptional && type !== 'ref')[0];
  const filters = fields.filter((field) => isFilter(field) && !isRef(field));
  const refFilters = fields.filter(isRef);
  const sortField = sorts[1] && fields.find(({ name }) => name === sorts[1]);
  const expected = isAudited && !isStaffed;
  const unknown = errorsOf(model).unknown;
  const actions = ['created', 'changed', 'removed'].map((action) => `'${code}.${action}'`).join(', ');
  const tests = [
    `it('are made, read, changed under If-Match and removed${expected ? ', and the audit log says so' : ''}', async () => {
  const body = ${build()};
  const made = await app.post('${path}', body, { ${token}, key: true });
  expect(made.statusCode).toBe(201);
  const ${model.one} = made.json<${One}ResponseDto>();
  expect(${model.one}).toMatchObject(JSON.parse(JSON.stringify(body)) as object);
  const path = \`${path}/\${${model.one}.id}\`;
  expect(made.headers.location).toBe(\`/api/v1\${path}\`);
  const read = await app.get(path, { ${token} });
  expect(read.json()).toEqual(${model.one});
  const headers = { 'if-match': String(read.headers.etag) };
  const change = { ${changing.name}: ${changed} };
  const changed = await app.patch(path, change, { ${token}, headers });
  expect(changed.json()).toMatchObject({ ...change, version: 2 });
  expect((await app.patch(path, { ${changing.name}: body.${changing.name} }, { ${token}, headers })).statusCode).toBe(412);
  expect((await app.patch(path, change, { ${token} })).json().version).toBe(2);
  expect((await app.delete(path, { ${token}, headers })).statusCode).toBe(412);
  expect((await app.delete(path, { ${token} })).statusCode).toBe(204);
  expect((await app.get(path, { ${token} })).json().code).toBe('${code}.not_found');
  ${
    expected
      ? `const audit = await app.database.query<{ action: string }>(
    \`SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence\`,
    [${model.one}.id],
  );
  expect(audit.map(({ action }) => action)).toEqual([${actions}]);`
      : ''
  }
  ${
    events
      ? `const events = await app.database.query(
    \`SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version\`,
    [${model.one}.id],
  );
  expect(events).toEqual([
    { type: '${code}.created', version: 1 },
    { type: '${code}.changed', version: 2 },
    { type: '${code}.removed', version: 3 },
  ]);`
      : ''
  }
});`.replace(/\n\s*\n/g, '\n'),
    optional &&
      `it('lose what a merge patch sets to null, and keep what it leaves out', async () => {
  const body = ${build(`{ ${optional.name}: ${valueCode(optional, samplesOf(optional))} }`)};
  const { id, version: _, updatedAt: __, ...before } = (await app.post('${path}', body, { ${token} })).json<${One}ResponseDto>();
  expect(before.${optional.name}).not.toBeNull();
  const after = await app.patch(\`${path}/\${id}\`, { ${optional.name}: null }, { ${token} });
  expect(after.json()).toMatchObject({ ...before, ${optional.name}: null });
  expect((await app.get(\`${path}/\${id}\`, { ${token} })).json()).toEqual(after.json());
});`,
    `it('are listed newest first, page by page, and counted', async () => {
  ${isOwned ? 'const lister = await createUser(app);' : ''}
  const ids: string[] = [];
  for (let index = 0; index < 3; index++) ids.unshift((${create('lister')}).id);
  const read = async (query: string) => (await app.get(\`${path}?\${query}\`, { token: ${isOwned ? 'lister' : 'staff'}.token })).json<${One}PageDto>();
  const first = await read('limit=2&count=exact');
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  ${isOwned ? 'expect(first.total).toBe(3);' : `const [counted] = await app.database.query<{ total: number }>(\`SELECT count(*)::int AS total FROM ${table}\`);\n  expect(first.total).toBe(counted!.total);`}
  const second = await read(\`limit=2&cursor=\${first.nextCursor}\`);
  expect(second.data[0]!.id).toBe(ids[2]);
  ${isOwned ? 'expect(second.nextCursor).toBeNull();' : ''}
  const another = await app.get(\`${path}?sort=createdAt&cursor=\${first.nextCursor}\`, { token: ${isOwned ? 'lister' : 'staff'}.token });
  expect(another.json()).toMatchObject({ status: 400, errors: [{ pointer: '?cursor' }] });
  expect((await read('createdAt[gte]=2999-01-01T00:00:00Z')).data).toEqual([]);
});`.replace(/\n\s*\n/g, '\n'),
    sortField && sortTest(model, sortField, create),
    filters.length > 0 && filterTest(model, filters, build, path),
    ...refFilters.slice(0, 1).map((field) =>
      refTest(
        model,
        field,
        create,
        path,
        unknown.find(({ constraint: name }) => name === constraint(model, field.column, 'fkey')),
        importRef,
      ),
    ),
    isOwned
      ? ownerTests(model, path, create, changing, changed)
      : staffTest(model, path, build, create, changing, changed),
    `it('are unknown where there is none', async () => {
  const path = \`${path}/\${NOBODYS}\`;
  for (const answer of [
    await app.get(path, { ${token} }),
    await app.patch(path, { ${changing.name}: ${changed} }, { ${token} }),
    await app.delete(path, { ${token} }),
  ]) {
    expect(answer.json()).toMatchObject({ status: 404, code: '${code}.not_found' });
  }
});`,
    isOwned && privacyTest(model, create),
  ];
  const own = isOwned
    ? 'owner = await createUser(app);'
    : `staff = await createStaff(app, ['${scope}:read', '${scope}:write']);`;
  if (isOwned) {
    imports.add('../../../src/users/privacy/exports.service.js', 'type ExportsService');
    imports.add('../../../src/users/personal-data.js', 'PersonalData');
  }
  if (isStaffed) imports.add('../../factories/user.factory.js', 'createStaff');
  if (!isOwned) imports.add('../../factories/user.factory.js', 'createUser');
  const text = file(
    imports,
    NOBODYS,
    `describe('${manyWords}', () => {
let app: TestApp;
let ${writer}: SignedInUser;
beforeAll(async () => {
  app = await TestApp.start();
  ${own}
});
afterAll(() => app.close());

${members(tests)}
});`,
    job && jobTest(model, create, imports),
  );
  return text.replace(/^import type \{ ExportsService \}.*\n/m, '');
}

function sortTest(model, field, create) {
  const { table, plural, One, isOwned } = model;
  const [key] = columnNames(field);
  const values = Array.from({ length: 3 }, (_, index) => sortValue(field, index));
  const who = isOwned ? 'lister' : 'staff';
  return `it.each([
  ['${field.name}', 'ASC'],
  ['-${field.name}', 'DESC'],
])('are listed by %s', async (sort, direction) => {
  ${isOwned ? 'const lister = await createUser(app);' : ''}
  for (const ${field.name} of [${values.join(', ')}]) ${create('lister', `{ ${field.name} }`)};
  const wanted = await app.database.query(
    \`SELECT id FROM ${table} ${isOwned ? 'WHERE user_id = $1 ' : ''}ORDER BY ${key} \${direction}, id \${direction} LIMIT 3\`,
    ${isOwned ? '[lister.user.id],' : ''}
  );
  const first = (await app.get(\`/${plural}?sort=\${sort}&limit=2\`, { token: ${who}.token })).json<${One}PageDto>();
  const next = await app.get(\`/${plural}?sort=\${sort}&limit=1&cursor=\${first.nextCursor}\`, { token: ${who}.token });
  expect([...first.data, ...next.json<${One}PageDto>().data].map(({ id }) => ({ id }))).toEqual(wanted);
});`.replace(/\n\s*\n/g, '\n');
}

function sortValue(field, index) {
  const order = [1, 2, 0][index];
  if (field.type === 'int') return String(Math.min(field.min + order, field.max));
  if (field.type === 'date') return `'2026-01-0${order + 1}'`;
  if (field.type === 'datetime') return `new Date('2026-01-0${order + 1}T00:00:00Z')`;
  if (field.isUnique) return `\`\${unique()}${'abc'[order]}\`${field.max < 24 ? `.slice(-${field.max})` : ''}`;
  return `'${'abc'[order].repeat(Math.max(field.min, 1))}'`;
}

function filterTest(model, filters, build, path) {
  const { One, isOwned } = model;
  const writer = isOwned ? 'owner' : 'staff';
  const rows = filters.map((field) => {
    const [one, other] = samplesOf(field);
    if (field.type === 'datetime')
      return `['${field.name}', '${field.name}[lte]=2026-02-01T00:00:00Z', new Date('${one}'), new Date('${other}')],`;
    return `['${field.name}', '${field.name}=${String(one)}', ${literal(one)}, ${literal(other)}],`;
  });
  return `it.each([
${rows.join('\n')}
])('are found by %s: %s', async (name, query, value, other) => {
  const made = async (member: unknown) =>
    (await app.post('${path}', { ...(${build()}), [name]: member }, { token: ${writer}.token })).json<${One}ResponseDto>();
  const [wanted, unwanted] = [await made(value), await made(other)];
  const { data } = (await app.get(\`${path}?\${query}&limit=100\`, { token: ${writer}.token })).json<${One}PageDto>();
  const ids = data.map(({ id }) => id);
  expect(ids).toContain(wanted.id);
  expect(ids).not.toContain(unwanted.id);
});`;
}

function refTest(model, field, create, path, unknown, importRef) {
  const { isOwned, One } = model;
  importRef(field);
  const writer = isOwned ? 'owner' : 'staff';
  const build = parts(model).build;
  return `it('are found by ${field.words}, and refuse one that does not exist', async () => {
  const ${field.name} = ${field.target.factory.code};
  const { id } = ${create('owner', `{ ${field.name} }`)};
  ${create('owner')};
  const { data } = (await app.get(\`${path}?${field.name}=\${${field.name}}\`, { token: ${writer}.token })).json<${One}PageDto>();
  expect(data.map((found) => found.id)).toEqual([id]);
  const refused = await app.post('${path}', ${build(`{ ${field.name}: NOBODYS }`)}, { token: ${writer}.token });
  expect(refused.json()).toMatchObject({ status: 422, code: '${/'([\w.]+_unknown)'/.exec(unknown.text)[1]}', errors: [{ pointer: '/${field.name}' }] });
});`;
}

function staffTest({ scope }, path, build, create, changing, changed) {
  return `it('are for staff: reading takes ${scope}:read, changing takes ${scope}:write', async () => {
  const { id } = ${create('staff')};
  const [customer, reader] = [await createUser(app), await createStaff(app, ['${scope}:read'])];
  for (const { token } of [customer, reader]) {
    for (const answer of [
      await app.post('${path}', ${build()}, { token }),
      await app.patch(\`${path}/\${id}\`, { ${changing.name}: ${changed} }, { token }),
      await app.delete(\`${path}/\${id}\`, { token }),
    ]) {
      expect(answer.json()).toMatchObject({ status: 403, code: 'auth.insufficient_scope' });
    }
  }
  for (const readable of ['${path}', \`${path}/\${id}\`]) {
    expect((await app.get(readable, { token: reader.token })).statusCode).toBe(200);
    expect((await app.get(readable, { token: customer.token })).statusCode).toBe(403);
    expect((await app.get(readable)).statusCode).toBe(401);
  }
});`;
}

function ownerTests(model, path, create, changing, changed) {
  const { code, isStaffed, scope, One } = model;
  const strangers = `it('are their owner’s: nobody else reads, changes, removes or finds them', async () => {
  const { id } = ${create('owner')};
  const stranger = await createUser(app);
  const path = \`${path}/\${id}\`;
  for (const answer of [
    await app.get(path, { token: stranger.token }),
    await app.patch(path, { ${changing.name}: ${changed} }, { token: stranger.token }),
    await app.delete(path, { token: stranger.token }),
  ]) {
    expect(answer.json()).toMatchObject({ status: 404, code: '${code}.not_found' });
  }
  expect((await app.get('${path}?count=exact', { token: stranger.token })).json()).toMatchObject({ data: [], total: 0 });
  expect((await app.get('${path}')).statusCode).toBe(401);
  const { nextCursor } = (await app.get('${path}?limit=1', { token: owner.token })).json<${One}PageDto>();
  if (nextCursor) expect((await app.get(\`${path}?cursor=\${nextCursor}\`, { token: stranger.token })).statusCode).toBe(400);
});`;
  if (!isStaffed) return strangers;
  return `${strangers}

it('are everyone’s for staff with ${scope}:read, who change them with ${scope}:write, and the audit log says so', async () => {
  const { id } = ${create('owner')};
  const path = \`${path}/\${id}\`;
  const reader = await createStaff(app, ['${scope}:read']);
  const { data } = (await app.get('${path}?limit=1', { token: reader.token })).json<${One}PageDto>();
  expect(data.map((found) => found.id)).toEqual([id]);
  expect((await app.get(path, { token: reader.token })).statusCode).toBe(200);
  expect((await app.delete(path, { token: reader.token })).statusCode).toBe(404);
  const keeper = await createStaff(app, ['${scope}:read', '${scope}:write']);
  expect((await app.patch(path, { ${changing.name}: ${changed} }, { token: keeper.token })).statusCode).toBe(200);
  expect((await app.delete(path, { token: keeper.token })).statusCode).toBe(204);
  const audit = await app.database.query(\`SELECT action, actor_id AS actor FROM audit_log WHERE target_id = $1 ORDER BY sequence\`, [id]);
  expect(audit).toEqual([
    { action: '${code}.changed', actor: keeper.user.id },
    { action: '${code}.removed', actor: keeper.user.id },
  ]);
});`;
}

function privacyTest({ plural, table }, create) {
  return `it('are in the export of their owner, and go with the account', async () => {
  const person = await createUser(app);
  const { id } = ${create('person')};
  const section = app.app.get(PersonalData, { strict: false }).all().find((known) => known.section === '${plural}')!;
  expect(await section.export!(person.user.id)).toMatchObject([{ id }]);
  await section.erase(person.user.id, { email: person.user.email, emailCanonical: person.user.email, isEmailProven: false });
  expect(await app.database.query(\`SELECT id FROM ${table} WHERE user_id = $1\`, [person.user.id])).toEqual([]);
});`;
}

function jobTest(model, create, imports) {
  const { One, Many, plural, code, aOne, job, isOwned, table } = model;
  imports.add('../../support/test-worker.js', 'emptyJobs', 'eventually');
  const processed = `const processedAt = async () => {
    const [row] = await app.database.query<{ at: Date | null }>(\`SELECT processed_at AS at FROM ${table} WHERE id = $1\`, [id]);
    return row!.at;
  };`;
  const audit = `expect(await app.database.query(\`SELECT action FROM audit_log WHERE target_id = $1 AND action = '${code}.processed'\`, [id])).toHaveLength(1);`;
  imports.add(`../../../src/${plural}/${plural}.service.js`, `${Many}Service`);
  const twice =
    job === 'event'
      ? `await app.app.get(${Many}Service, { strict: false }).process(id);`
      : `await app.app.get(${Many}Service, { strict: false }).processDue(1_000);`;
  if (job === 'schedule') imports.add(`../../../src/${plural}/${plural}.processor.js`, `${One}Processor`);
  return `describe('the job of ${aOne}', () => {
let app: TestApp;
beforeAll(async () => {
  await emptyJobs();
  app = await TestApp.start({ ROLE: 'all' });
});
afterAll(() => app.close());

it('is done once, however often it is asked for', async () => {
  ${isOwned ? 'const owner = await createUser(app);' : ''}
  const { id, version } = ${create('owner')};
  ${processed}
  ${job === 'schedule' ? `await app.app.get(${One}Processor, { strict: false }).process();` : ''}
  await eventually(async () => (await processedAt()) !== null);
  const at = await processedAt();
  ${twice}
  expect(await processedAt()).toEqual(at);
  ${audit}
  const [row] = await app.database.query<{ version: number }>(\`SELECT version FROM ${table} WHERE id = $1\`, [id]);
  expect(row!.version).toBe(version);
});
});`.replace(/\n\s*\n(?!it)/g, '\n');
}

export function raceFile(model) {
  const { One, plural, table, manyWords, fields, isOwned, scope, code } = model;
  const { build, create, changing, writer } = parts(model);
  const imports = new Imports()
    .add('../../factories/user.factory.js', isOwned ? 'createUser' : 'createStaff', 'type SignedInUser')
    .add('../../support/test-app.js', 'TestApp')
    .add(`../../factories/${model.singular}.factory.js`, `build${One}`, `create${One}`);
  const path = `/${plural}`;
  const token = `{ token: ${writer}.token }`;
  const unique = fields.filter(({ isUnique }) => isUnique);
  const values = changing && changesCode(changing);
  if (isRef(changing))
    for (const [from, name] of changing.target.factory.imports) imports.add(`../../factories/${from}`, name);
  if (values.includes('newId(')) imports.add('../../../src/common/ids.js', 'newId');
  if (values.includes('unique(')) imports.add('../../factories/user.factory.js', 'unique');
  const tests = [
    `it('are made once for 20 requests with one Idempotency-Key', async () => {
  const body = ${build()};
  const [before] = await count();
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.post('${path}', body, { ...as, key: '${code}-once-for-twenty' })));
  const made = answers.filter(({ statusCode }) => statusCode === 201);
  expect(new Set(made.map((answer) => answer.json<{ id: string }>().id)).size).toBe(1);
  expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(20 - made.length);
  const [after] = await count();
  expect(after!.total).toBe(before!.total + 1);
});`,
    `it('are changed once by 20 edits of one version', async () => {
  const { id } = ${create('owner')};
  const headers = { 'if-match': '"1"' };
  const changes = ${values};
  const answers = await Promise.all(changes.map((${changing.name}) => app.patch(\`${path}/\${id}\`, { ${changing.name} }, { ...as, headers })));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
  expect((await app.get(\`${path}/\${id}\`, as)).json().version).toBe(2);
});`,
    `it('are removed once by 20 requests', async () => {
  const { id } = ${create('owner')};
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.delete(\`${path}/\${id}\`, as)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, ...Array<number>(19).fill(404)]);
});`,
    ...unique.map((field) => {
      const others = unique.filter((other) => other !== field);
      return `it('have a ${field.words} of their own: of 20 with the same one at the same moment one is made', async () => {
  const { ${field.name} } = ${build()};
  const bodies = ${others.length > 0 || build().startsWith('await') ? `await Promise.all(Array.from({ length: 20 }, () => ${build(`{ ${field.name} }`).replace(/^await /, '')}))` : `Array.from({ length: 20 }, () => ${build(`{ ${field.name} }`)})`};
  const answers = await Promise.all(bodies.map((body) => app.post('${path}', body, as)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
  const refused = answers.find(({ statusCode }) => statusCode === 409)!;
  expect(refused.json()).toMatchObject({ code: '${code}.${field.column}_taken', errors: [{ pointer: '/${field.name}' }] });
});`;
    }),
  ];
  return file(
    imports,
    `describe('${manyWords} that several want at the same moment', () => {
let app: TestApp;
let ${writer}: SignedInUser;
let as: { token: string };
beforeAll(async () => {
  app = await TestApp.start();
  ${isOwned ? 'owner = await createUser(app);' : `staff = await createStaff(app, ['${scope}:read', '${scope}:write']);`}
  as = ${token};
});
afterAll(() => app.close());

const count = () => app.database.query<{ total: number }>(\`SELECT count(*)::int AS total FROM ${table}\`);

${members(tests)}
});`,
  );
}

/** Code of twenty values of a field, none of them the one that it has: what is so already changes nothing, and clashes with nothing. */
function changesCode(field) {
  const twenty = (code) => `Array.from({ length: 20 }, (_, index) => ${code})`;
  switch (field.type) {
    case 'string':
    case 'text':
      if (field.isUnique) return `Array.from({ length: 20 }, () => ${valueCode(field, [])})`;
      return twenty(
        `\`${'x'.repeat(Math.max(0, Math.min(field.min - 1, field.max - 2)))}\${'abcdefghijklmnopqrst'[index]}\``,
      );
    case 'int':
      return twenty(`${field.min} + (index % ${Math.max(1, samplesOf(field)[0] - field.min)})`);
    case 'money':
      return twenty(`({ amount: index, currency: 'EUR' })`);
    case 'date':
      return twenty('`2026-03-${10 + index}`');
    case 'datetime':
      return twenty('`2026-03-${10 + index}T00:00:00Z`');
    case 'string[]':
      return twenty(
        `[${Array.from({ length: Math.max(1, field.min) }, (_, place) => (place === 0 ? '`tag ${index}`' : `'more ${place}'`)).join(', ')}]`,
      );
    case 'uuid':
      return 'Array.from({ length: 20 }, () => newId())';
    case 'ref':
      return `await Promise.all(Array.from({ length: 20 }, async () => ${field.target.factory.code}))`;
    default:
      return `Array.from({ length: 20 }, () => ${literal(samplesOf(field)[1])})`;
  }
}

export function integrationFile(model) {
  const { One, Many, plural, singular, manyWords, fields, isOwned, isStaffed, sorts } = model;
  const { build } = parts(model);
  const checked = fields.filter(conditionOf);
  const imports = new Imports()
    .add(`../../../src/${plural}/${singular}.dto.js`, `type List${Many}Dto`)
    .add(`../../../src/${plural}/${plural}.repository.js`, `${Many}Repository`)
    .add('../../support/statement-counter.js', 'countStatements')
    .add('../../support/test-app.js', 'TestApp');
  const owner = isOwned ? 'OWNER, ' : '';
  const indexOf = (...columns) => constraint(model, ...columns, 'idx');
  const rows =
    isOwned && !isStaffed
      ? [
          ['-createdAt', indexOf('user_id', 'created_at', 'id')],
          ...sorts
            .slice(1)
            .map((name) => [name, indexOf('user_id', fields.find((field) => field.name === name).column, 'id')]),
        ]
      : [
          ['-createdAt', isOwned ? indexOf('user_id', 'created_at', 'id') : indexOf('created_at', 'id')],
          ...(isOwned
            ? []
            : sorts.slice(1).map((name) => [name, indexOf(fields.find((field) => field.name === name).column, 'id')])),
        ];
  if (checked.length > 0 || isOwned) {
    imports.add('../../../src/common/ids.js', 'newId');
    imports.add(`../../factories/${singular}.factory.js`, `build${One}`);
  }
  if (isOwned) imports.add('../../factories/user.factory.js', 'createUser');
  const bad = { enum: "'none' as never", money: "{ amount: -1, currency: 'EUR' }" };
  const badOf = (field) => bad[field.type] ?? String(field.min - 1);
  return file(
    imports,
    isOwned && `const OWNER = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';`,
    `describe('queries of ${manyWords}', () => {
let app: TestApp;
let ${model.many}: ${Many}Repository;
beforeAll(async () => {
  app = await TestApp.start();
  ${model.many} = app.app.get(${Many}Repository, { strict: false });
});
afterAll(() => app.close());

/** How PostgreSQL finds a page once reading everything and sorting it is no choice, as with many rows. */
const planOf = async (work: () => Promise<unknown>): Promise<string> => {
  const { statements, values } = await countStatements(work);
  expect(statements).toHaveLength(1);
  return app.database.run(async () => {
    await app.database.query('SET LOCAL enable_seqscan = off');
    await app.database.query('SET LOCAL enable_sort = off');
    await app.database.query('SET LOCAL enable_bitmapscan = off');
    const plan = await app.database.query<{ 'QUERY PLAN': string }>(\`EXPLAIN \${statements[0]!}\`, values[0]);
    return plan.map((row) => row['QUERY PLAN']).join('\\n');
  });
};

${members([
  `it.each<[List${Many}Dto['sort'], string]>([
${rows.map(([sort, index]) => `['${sort}', '${index}'],`).join('\n')}
])('reads a page by %s in one statement, along %s', async (sort, index) => {
  const plan = await planOf(() => ${model.many}.findPage(${owner}{ sort, limit: 20 }));
  expect(plan).toContain(index);
  expect(plan).not.toContain('Sort');
});`,
  checked.length > 0 &&
    `it.each([
${checked.map((field) => `['${constraint(model, field.column, 'check')}', { ${field.name}: ${badOf(field)} }],`).join('\n')}
])('are held to %s by the database itself', async (constraint, change) => {
  ${isOwned ? 'const { user } = await createUser(app);' : ''}
  const row = { id: newId(), ${isOwned ? 'userId: user.id, ' : ''}...(${build()}), ...change };
  await expect(${model.many}.insert(row)).rejects.toThrow(constraint);
});`.replace(/\n\s*\n/g, '\n'),
  isOwned &&
    `it('go with the user whose they are', async () => {
  const { user } = await createUser(app);
  await ${model.many}.insert({ id: newId(), userId: user.id, ...(${build()}) });
  await app.database.execute('DELETE FROM users WHERE id = $1', [user.id]);
  expect(await ${model.many}.findAll(user.id)).toEqual([]);
});`,
])}
});`,
  );
}
