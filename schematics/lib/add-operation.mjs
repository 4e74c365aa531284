import { GenerationError } from './generation-error.mjs';
import { GrownFeature } from './grown-feature.mjs';
import { addColumns, nextStamp } from './migration.mjs';
import { camel, capital, kebab, pascal, pastOf, snake, words } from './names.mjs';
import { accessEntry, migrationEntry, versionEntry } from './registrations.mjs';
import { JAVASCRIPT_WORDS } from './reserved.mjs';
import { eventsList } from './sources.mjs';
import { addEntry, addImport, addMember, addTest, appendStatement, membersOf } from './syntax.mjs';
import { parts } from './tests.mjs';

/** Adds something that is done to a row once. @throws GenerationError before anything is changed. */
export async function addOperation(options, project) {
  const feature = new GrownFeature(options, project);
  const operation = operationModel(options, feature, project);
  const migration = options.migration === false ? undefined : migrationOf(feature.model, operation, nextStamp(project));
  addToSources(feature, operation);
  addToTests(feature, operation);
  if (migration) {
    feature.write(migration.path, migration.text);
    feature.register(migrationEntry(migration));
  }
  const { plural, isOwned, scope } = feature.model;
  feature.register(
    versionEntry(feature.model, `POST /api/v1/${plural}/{id}/${operation.path}`),
    accessEntry(`POST /${plural}/{id}/${operation.path}`, isOwned ? "'signed-in'" : `['${scope}:write']`),
  );
  return feature.apply();
}

function operationModel({ operation, method = 'POST', past }, { model, paths, changes }) {
  const path = kebab(String(operation ?? '').trim());
  if (!/^[a-z]+(-[a-z]+)*$/.test(path))
    throw new GenerationError(`"${operation}" cannot name an operation: use a verb, such as redeem.`);
  if (method.toUpperCase() !== 'POST')
    throw new GenerationError(
      `An operation is a command, and those are POST; ${method} is what create, update, findOne and remove are for.`,
    );
  const name = camel(path);
  const [verb, ...rest] = path.split('-');
  const done = kebab(past ?? [pastOf(verb), ...rest].join('-'));
  const [at, reason] = [camel(`${done}-at`), camel(`${path}-reason`)];
  if (JAVASCRIPT_WORDS.has(name)) throw new GenerationError(`${name} is a reserved word.`);
  const there = [
    ...membersOf(changes.read(paths.controller), `${model.Many}Controller`),
    ...membersOf(changes.read(paths.service), `${model.Many}Service`),
    ...membersOf(changes.read(paths.entity), model.One).filter((member) => member === at || member === reason),
  ];
  const taken = [name, at, reason].find((one) => there.includes(one));
  if (taken) throw new GenerationError(`${model.plural} have ${taken} already.`);
  return {
    path,
    name,
    Name: pascal(path),
    does: thirdPerson(verb, rest),
    done: words(done),
    Done: pascal(done),
    doneCode: snake(done),
    at,
    reason,
  };
}

function thirdPerson(verb, rest) {
  const form = /(s|x|z|ch|sh)$/.test(verb)
    ? `${verb}es`
    : /[^aeiou]y$/.test(verb)
      ? verb.replace(/y$/, 'ies')
      : `${verb}s`;
  return [form, ...rest].join(' ');
}

function migrationOf(model, { at, reason, path }, stamp) {
  const absent = { isOptional: true };
  const fields = [
    { ...absent, name: at, column: snake(at), type: 'datetime', words: words(at) },
    { ...absent, name: reason, column: snake(reason), type: 'text', words: words(reason), min: 1, max: 500 },
  ];
  return addColumns(model, fields, stamp, `${path}-${model.plural}`);
}

function addToSources(feature, { path, name, Name, does, done, Done, doneCode, at, reason }) {
  const { model } = feature;
  const { One, Many, one, many, plural, singular, code, oneWords, aOne, isOwned, isStaffed, isAudited, events, scope } =
    model;
  const DoneError = `${One}Already${Done}Error`;
  const Dto = `${Name}${One}Dto`;
  const yours = isOwned ? `one of your ${model.manyWords}` : aOne;
  feature.edit(
    'errors',
    (text) => addImport(text, model.up('common/errors/domain.error.js'), 'conflict'),
    (text) =>
      appendStatement(
        text,
        `export class ${DoneError} extends conflict(
  '${code}.already_${doneCode}',
  'Already ${done}',
  'The ${oneWords} was ${done} already.',
) {}`,
      ),
  );
  feature.edit(
    'entity',
    (text) =>
      addMember(
        text,
        One,
        `/** When it was ${done}; null until then. */\n@Column({ type: 'timestamptz', nullable: true })\n${at}: Date | null;`,
      ),
    (text) => addMember(text, One, `@Column({ type: 'text', nullable: true })\n${reason}: string | null;`),
  );
  feature.edit(
    'dto',
    (text) => addImport(text, 'class-validator', 'IsString', 'MaxLength'),
    (text) => addImport(text, model.up('common/validation/decorators.js'), 'IsNotBlank', 'MayBeAbsent'),
    (text) =>
      addMember(
        text,
        `${One}ResponseDto`,
        `/**\n * When it was ${done}; null until then.\n * @example "2026-01-15T09:30:00.000Z"\n */\n${at}: Date | null;`,
      ),
    (text) =>
      addMember(text, `${One}ResponseDto`, `/** @example "Asked for by telephone" */\n${reason}: string | null;`),
    (text) =>
      appendStatement(
        text,
        `/** What there is to say when ${aOne} is ${done}. */
export class ${Dto} {
  /**
   * Why, in the words of whoever does it.
   * @example "Asked for by telephone"
   */
  @MayBeAbsent()
  @IsString()
  @IsNotBlank()
  @MaxLength(500)
  reason?: string;
}`,
      ),
  );
  const owner = isOwned ? (isStaffed ? 'ownerId: string | null' : 'userId: string') : '';
  const passed = isOwned ? (isStaffed ? ', ownerId' : ', userId') : '';
  const record = `await this.audit.record({ action: '${code}.${doneCode}', target: targetOf(id) });`;
  const effects = [
    isAudited && (isStaffed ? `if (ownerId === null) ${record}` : record),
    events && `await this.outbox.add(new ${One}Event('${code}.${doneCode}', ${one}));`,
  ].filter(Boolean);
  feature.edit(
    'service',
    (text) => addImport(text, `./${singular}.dto.js`, `type ${Dto}`),
    (text) => addImport(text, `./${plural}.errors.js`, DoneError),
    (text) =>
      addMember(
        text,
        `${Many}Service`,
        `/** ${capital(does)} ${aOne}, once. @throws ${One}NotFoundError, VersionMismatchError, ${DoneError} */
${name}(id: string${owner && `, ${owner}`}, { reason }: ${Dto}, expectedVersion?: number): Promise<${One}> {
  return this.transactions.run(async () => {
    const ${one} = await this.lock(id${passed}, expectedVersion);
    if (${one}.${at}) throw new ${DoneError}();
    Object.assign(${one}, { ${at}: new Date(), ${reason}: reason ?? null });
    await this.${many}.save(${one});
    ${effects.join('\n    ')}
    return ${one};
  });
}`.replace(/\n\s*\n/g, '\n'),
        { isMethod: true },
      ),
  );
  if (events)
    feature.edit('event', (text) =>
      addEntry(text, eventsList(feature.model), `'${code}.${doneCode}': '${capital(aOne)} was ${done}.'`),
    );
  const open = isOwned
    ? isStaffed
      ? `@SignedIn({ orKeyWith: '${scope}:write' })\n`
      : ''
    : `@RequireScopes('${scope}:write')\n`;
  const caller = isOwned
    ? isStaffed
      ? '@CurrentActor() actor: Actor,\n'
      : '@CurrentUser() user: AuthenticatedUser,\n'
    : '';
  const reach = isOwned ? (isStaffed ? `reachOf(actor, '${scope}:write'), ` : 'user.id, ') : '';
  feature.edit(
    'controller',
    (text) => addImport(text, `./${singular}.dto.js`, Dto),
    (text) => addImport(text, `./${plural}.errors.js`, DoneError),
    (text) =>
      addMember(
        text,
        `${Many}Controller`,
        `/** ${capital(does)} ${yours}. */
@Post(':id/${path}')
@HttpCode(200)
${open}@ApiProblems(${One}NotFoundError, ${DoneError}, VersionMismatchError)
${name}(
  @Param('id', UuidParam) id: string,
  ${caller}@Body() dto: ${Dto},
  @IfMatch() expectedVersion: number | undefined,
): Promise<${One}ResponseDto> {
  return this.${many}.${name}(id, ${reach}dto, expectedVersion);
}`,
        { isMethod: true },
      ),
  );
}

function addToTests(feature, { path, done, doneCode, at, reason }) {
  const { model } = feature;
  const { plural, code, events, isAudited, isStaffed } = model;
  const { create, writer } = parts(model);
  const token = `{ token: ${writer}.token }`;
  const log = events
    ? `const [told] = await app.database.query<{ type: string }>(
    \`SELECT type FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version DESC LIMIT 1\`,
    [id],
  );
  expect(told).toEqual({ type: '${code}.${doneCode}' });`
    : isAudited && !isStaffed
      ? `const [noted] = await app.database.query<{ action: string }>(
    \`SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence DESC LIMIT 1\`,
    [id],
  );
  expect(noted).toEqual({ action: '${code}.${doneCode}' });`
      : '';
  feature.edit('endToEnd', (text) =>
    addTest(
      text,
      `it('are ${done} once, under If-Match; a second time is 409 ${code}.already_${doneCode}', async () => {
  const { id } = ${create('owner')};
  const path = \`/${plural}/\${id}/${path}\`;
  const stale = await app.post(path, undefined, { token: ${writer}.token, headers: { 'if-match': '"7"' } });
  expect(stale.statusCode).toBe(412);
  expect((await app.post(path, { reason: ' ' }, ${token})).json()).toMatchObject({ status: 400, errors: [{ pointer: '/reason' }] });
  const done = await app.post(path, { reason: 'By telephone' }, ${token});
  expect(done.json()).toMatchObject({ id, ${at}: expect.any(String), ${reason}: 'By telephone', version: 2 });
  expect((await app.post(path, undefined, ${token})).json()).toMatchObject({ status: 409, code: '${code}.already_${doneCode}' });
  expect((await app.post(\`/${plural}/\${NOBODYS}/${path}\`, undefined, ${token})).json().code).toBe('${code}.not_found');
  ${log}
});`.replace(/\n\s*\n/g, '\n'),
    ),
  );
  feature.edit('races', (text) =>
    addTest(
      text,
      `it('are ${done} once by 20 requests', async () => {
  const { id } = ${create('owner')};
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.post(\`/${plural}/\${id}/${path}\`, undefined, as)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
});`,
    ),
  );
}
