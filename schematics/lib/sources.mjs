import { isFilter } from './fields.mjs';
import {
  conditionOf,
  constraint,
  entityMember,
  enumNames,
  filterMember,
  filterStatement,
  rangeMember,
  requestMember,
  responseMember,
  uniqueColumns,
} from './members.mjs';
import { capital } from './names.mjs';
import { file, Imports, literal } from './source.mjs';

const members = (parts) => parts.filter(Boolean).join('\n\n');

/** The error classes of a feature: name, kind, and what makes each. */
export function errorsOf(model) {
  const { One, code, oneWords, fields } = model;
  const notFound = {
    name: `${One}NotFoundError`,
    base: 'notFound',
    text: `export class ${One}NotFoundError extends notFound(
  '${code}.not_found',
  'No such ${oneWords}',
  'There is no ${oneWords} with this id.',
) {}`,
  };
  const unique = fields.filter(({ isUnique }) => isUnique).map((field) => takenError(model, field));
  const unknown = fields.filter(({ type }) => type === 'ref').map((field) => unknownError(model, field));
  return { notFound, unique, unknown, all: [notFound, ...unique, ...unknown] };
}

/** What a reference to nothing is refused with. */
function unknownError(model, field) {
  const { One, code, oneWords, aOne } = model;
  const name = `${One}${capital(field.name.replace(/Id$/, ''))}UnknownError`;
  return {
    name,
    base: 'rejected',
    constraint: constraint(model, field.column, 'fkey'),
    text: `/** ${capital(aOne)} refers to something that does not exist. */
export class ${name} extends rejected(
  '${code}.${field.column.replace(/_id$/, '')}_unknown',
  'No such ${field.words}',
  'The ${oneWords} names a ${field.words} that does not exist.',
) {
  override readonly errors = [{ pointer: '/${field.name}', code: 'unknown', message: 'names no ${field.words}' }];
}`,
  };
}

/** What a value that another row has is refused with. */
function takenError(model, field) {
  const { One, code, oneWords, aOne } = model;
  const name = `${One}${field.Name}TakenError`;
  const [title, sentence] = model.isOwned
    ? [`There is one already`, `You have ${aOne} with this ${field.words} already.`]
    : [`The ${field.words} is taken`, `There is already ${aOne} with this ${field.words}.`];
  return {
    name,
    base: 'taken',
    constraint: constraint(model, ...uniqueColumns(model, field), 'key'),
    text: `export class ${name} extends taken(
  '${code}.${field.column}_taken',
  '${title}',
  '${sentence}',
  '/${field.name}',
  'is the ${field.words} of another ${oneWords}',
) {}`,
  };
}

export function errorsFile(model) {
  const { all } = errorsOf(model);
  const imports = new Imports().add(model.up('common/errors/domain.error.js'), ...all.map(({ base }) => base));
  return file(imports, ...all.map(({ text }) => text));
}

export function entityFile(model) {
  const { One, table, aOne, fields, isOwned, isStaffed, sortField, job } = model;
  const imports = new Imports()
    .add('typeorm', 'Column', 'Entity')
    .add(model.up('database/resource.entity.js'), 'Resource');
  const use = (name) => (imports.add('typeorm', name), name);
  const decorators = [`@Entity('${table}')`];
  const index = (...columns) =>
    decorators.push(
      `@${use('Index')}('${constraint(model, ...columns.map(({ column }) => column), 'idx')}', [${columns.map(({ name }) => `'${name}'`).join(', ')}])`,
    );
  const [id, createdAt, userId] = [
    { name: 'id', column: 'id' },
    { name: 'createdAt', column: 'created_at' },
    { name: 'userId', column: 'user_id' },
  ];
  const isListedAlone = isOwned && !isStaffed;
  if (isOwned) index(userId, createdAt, id);
  if (!isListedAlone) index(createdAt, id);
  if (sortField) index(...(isListedAlone ? [userId] : []), sortField, id);
  if (job === 'schedule')
    decorators.push(`@${use('Index')}('${table}_unprocessed_idx', ['id'], { where: 'processed_at IS NULL' })`);
  for (const field of fields.filter(({ isUnique }) => isUnique && isOwned))
    decorators.push(
      `@${use('Unique')}('${constraint(model, ...uniqueColumns(model, field), 'key')}', ['userId', '${field.name}'])`,
    );
  for (const field of fields) {
    const condition = conditionOf(field);
    if (condition)
      decorators.push(`@${use('Check')}('${constraint(model, field.column, 'check')}', ${literal(condition)})`);
  }
  const enums = fields
    .filter(({ type }) => type === 'enum')
    .map((field) => {
      const { list, type } = enumNames(model, field);
      return `export const ${list} = ${literal(field.values)} as const;\nexport type ${type} = (typeof ${list})[number];`;
    });
  const owner =
    isOwned &&
    `/** Whose it is. */\n@Column({ type: 'uuid' })\n@${use('ForeignKey')}('User', { onDelete: 'CASCADE' })\nuserId: string;`;
  const processed =
    job &&
    `/** When its job was done; null until then. */\n@Column({ type: 'timestamptz', nullable: true })\nprocessedAt: Date | null;`;
  const body = members([owner, ...fields.map((field) => entityMember(model, field, imports)), processed]);
  return file(
    imports,
    ...enums,
    `/** ${capital(aOne)}. */\n${decorators.join('\n')}\nexport class ${One} extends Resource {\n${body}\n}`,
  );
}

export function dtoFile(model) {
  const { One, Many, manyWords, aOne, oneWords, fields, isOwned, sorts, job } = model;
  const imports = new Imports()
    .add(model.up('common/http/resource.dto.js'), 'ResourceResponse')
    .add(model.up('common/pagination/page.dto.js'), 'PageOf', 'PageQueryDto')
    .add(model.up('common/validation/decorators.js'), 'MayBeAbsent', 'MergePatchOf')
    .add('class-validator', 'IsIn');
  const requests = fields.map((field) => requestMember(model, field, imports));
  const filters = fields.filter(isFilter).map((field) => filterMember(model, field, imports));
  const createdAt = rangeMember(model, { name: 'createdAt', example: '{ "gte": "2026-01-01T00:00:00Z" }' }, imports);
  const sort = `/**\n * \`-createdAt\`: newest first.\n * @example "-createdAt"\n */\n@MayBeAbsent()\n@IsIn(${model.SORTS})\nsort: ${One}Sort = '-createdAt';`;
  const owner =
    isOwned &&
    `/**\n * Id of the user whose it is.\n * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"\n */\nuserId: string;`;
  const processed =
    job &&
    `/**\n * When its job was done; null until then.\n * @example "2026-01-15T09:30:01.000Z"\n */\nprocessedAt: Date | null;`;
  const responses = fields.map((field) => responseMember(model, field, imports));
  return file(
    imports,
    `/** What a list can be sorted by; \`-\` turns it round. */\nexport const ${model.SORTS} = ${literal(sorts.flatMap((name) => [name, `-${name}`]))} as const;\nexport type ${One}Sort = (typeof ${model.SORTS})[number];`,
    `/** A new ${oneWords}. */\nexport class Create${One}Dto {\n${members(requests)}\n}`,
    `/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */\nexport class Update${One}Dto extends MergePatchOf(Create${One}Dto) {}`,
    `/** Which ${manyWords} a list holds, and in which order. */\nexport class List${Many}Dto extends PageQueryDto {\n${members([...filters, createdAt, sort])}\n}`,
    `/** ${capital(aOne)}. */\nexport class ${One}ResponseDto extends ResourceResponse {\n${members([owner, ...responses, processed])}\n}`,
    `/** One page of ${manyWords}. */\nexport class ${One}PageDto extends PageOf(${One}ResponseDto) {}`,
  );
}

export function repositoryFile(model) {
  const { One, Many, many, one, manyWords, alias, singular, plural, fields, isOwned, isStaffed, sorts, job } = model;
  const { unique, unknown } = errorsOf(model);
  const meanings = [...unique, ...unknown];
  const imports = new Imports()
    .add('@nestjs/common', 'Injectable')
    .add('@nestjs/typeorm', 'InjectRepository')
    .add('typeorm', 'type Repository')
    .add(model.up('common/pagination/page.dto.js'), 'type Page')
    .add(model.up('database/conditions.js'), 'whereWithin')
    .add(model.up('database/pages.js'), 'Pages')
    .add(`./${singular}.dto.js`, `type List${Many}Dto`)
    .add(`./${singular}.entity.js`, One);
  if (meanings.length > 0) {
    imports.add(model.up('database/postgres-errors.js'), 'onViolation');
    imports.add(`./${plural}.errors.js`, ...meanings.map(({ name }) => name));
  }
  if (job) imports.add(model.up('database/transaction-runner.js'), 'TransactionRunner');
  const throwing = meanings.length > 0 ? `/** @throws ${meanings.map(({ name }) => name).join(', ')} */\n` : '';
  const guarded = (write) => (meanings.length > 0 ? `onViolation(${write}, MEANINGS)` : write);
  const reach = isOwned ? (isStaffed ? ', ownerId: string | null' : ', userId: string') : '';
  const where = isOwned ? (isStaffed ? '{ id, ...ownedBy(ownerId) }' : '{ id, userId }') : '{ id }';
  const list = isOwned ? (isStaffed ? 'ownerId: string | null, ' : 'userId: string, ') : '';
  const narrowed = isOwned ? (isStaffed ? '.where(ownedBy(ownerId))' : '.where({ userId })') : '';
  const reader = isOwned ? (isStaffed ? "${ownerId ?? 'all'} " : '${userId} ') : '';
  const statements = [...fields.filter(isFilter), { name: 'createdAt', type: 'datetime' }].map((field) =>
    filterStatement(model, field),
  );
  const methods = [
    `find(id: string${reach}): Promise<${One} | null> {\n  return this.${many}.findOneBy(${where});\n}`,
    `lock(id: string${reach}): Promise<${One} | null> {\n  return this.${many}.findOne({ where: ${where}, lock: { mode: 'for_no_key_update' } });\n}`,
    `findPage(${list}request: List${Many}Dto): Promise<Page<${One}>> {
  const { sort, limit, cursor, count, ...filter } = request;
  const query = this.${many}.createQueryBuilder('${alias}')${narrowed};
  ${statements.join('\n  ')}
  return this.pages.of(query, request, {
    by: [SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS], '${alias}.id'],
    isDescending: sort.startsWith('-'),
    context: \`${plural} ${reader}\${sort} \${JSON.stringify(filter)}\`,
  });
}`,
    `${throwing}async insert(${one}: Pick<${One}, 'id'> & Partial<${One}>): Promise<void> {\n  await ${guarded(`this.${many}.insert(${one})`)};\n}`,
    `${throwing}save(${one}: ${One}): Promise<${One}> {\n  return ${guarded(`this.${many}.save(${one})`)};\n}`,
    `async delete(id: string): Promise<void> {\n  await this.${many}.delete({ id });\n}`,
    isOwned &&
      `/** The newest first. */\nfindAll(userId: string): Promise<${One}[]> {\n  return this.${many}.find({ where: { userId }, order: { id: 'DESC' } });\n}`,
    isOwned && `async deleteAll(userId: string): Promise<void> {\n  await this.${many}.delete({ userId });\n}`,
    job === 'event' &&
      `/** One statement decides, so that of two runs one has the work. The version stays: nobody's edit is refused for it. */
async markProcessed(id: string): Promise<boolean> {
  const sql = \`UPDATE ${model.table} SET processed_at = now() WHERE id = $1 AND processed_at IS NULL\`;
  return (await this.transactions.execute(sql, [id])) === 1;
}`,
    job === 'schedule' &&
      `/** In one statement, so that workers at the same moment share the rows. The version stays: nobody's edit is refused for it. */
markProcessed(limit: number): Promise<{ id: string }[]> {
  return this.transactions.query<{ id: string }>(
    \`UPDATE ${model.table} SET processed_at = now() WHERE id IN (
       SELECT id FROM ${model.table} WHERE processed_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING id\`,
    [limit],
  );
}`,
  ];
  return file(
    imports,
    `const SORT_KEYS = { ${sorts.map((name) => `${name}: '${alias}.${name}'`).join(', ')} } as const;`,
    meanings.length > 0 &&
      `const MEANINGS = {\n${meanings.map(({ constraint: name, name: error }) => `${name}: () => new ${error}(),`).join('\n')}\n};`,
    `/** ${capital(manyWords)}${isOwned && !isStaffed ? '; every read names the owner' : isStaffed ? '; an owner of null stands for everyone' : ''}. */
@Injectable()
export class ${Many}Repository {
constructor(
@InjectRepository(${One}) private readonly ${many}: Repository<${One}>,
private readonly pages: Pages,
${job ? 'private readonly transactions: TransactionRunner,' : ''}
) {}

${members(methods)}
}`,
    isStaffed &&
      `const ownedBy = (userId: string | null): Partial<Pick<${One}, 'userId'>> => (userId === null ? {} : { userId });`,
  );
}

/** What making a row can end with; whose it is has to be there. */
function creationThrows(isOwned, refusals) {
  const told = [refusals.join(', '), isOwned && 'UserNotFoundError unless the user is active.'].filter(Boolean);
  return told.length > 0 ? `@throws ${told.join('; ')}` : '';
}

const throwsOf = (...names) => (names.length > 0 ? `@throws ${names.join(', ')}` : '');

export function serviceFile(model) {
  const {
    One,
    Many,
    one,
    many,
    code,
    manyWords,
    oneWords,
    aOne,
    singular,
    plural,
    isOwned,
    isStaffed,
    isAudited,
    events,
    job,
    label,
  } = model;
  const { notFound, unique, unknown } = errorsOf(model);
  const refusals = [...unique, ...unknown].map(({ name }) => name);
  const NotFound = notFound.name;
  const imports = new Imports()
    .add('@nestjs/common', 'Injectable')
    .add(model.up('common/errors/domain.error.js'), 'raise')
    .add(model.up('common/errors/request.errors.js'), 'assertVersion')
    .add(model.up('common/ids.js'), 'newId')
    .add(model.up('common/pagination/page.dto.js'), 'type Page')
    .add(model.up('database/transaction-runner.js'), 'TransactionRunner')
    .add(`./${singular}.dto.js`, `type Create${One}Dto`, `type List${Many}Dto`, `type Update${One}Dto`)
    .add(`./${singular}.entity.js`, `type ${One}`)
    .add(`./${plural}.errors.js`, NotFound)
    .add(`./${plural}.repository.js`, `${Many}Repository`);
  if (isOwned) imports.add(model.up('users/users.service.js'), 'UsersService');
  if (isAudited || job) imports.add(model.up('audit/audit-log.js'), 'AuditLog');
  if (events) imports.add(model.up('jobs/outbox.js'), 'Outbox').add(`./${singular}.event.js`, `${One}Event`);
  const owner = isOwned ? (isStaffed ? 'ownerId: string | null' : 'userId: string') : '';
  const passed = isOwned ? (isStaffed ? ', ownerId' : ', userId') : '';
  const note = (action, state) => {
    if (!isAudited) return '';
    const record = `await this.audit.record({ action: '${code}.${action}', target: targetOf(id)${state} });`;
    return isStaffed ? `if (ownerId === null) ${record}` : record;
  };
  const labelled = (when, from) => (label && !isStaffed ? `, ${when}: { ${label.name}: ${from}.${label.name} }` : '');
  const told = (action, what) =>
    events ? `await this.outbox.add(new ${One}Event('${code}.${action}', ${what}));` : '';
  const methods = [
    `/** ${throwsOf(NotFound)}${isOwned ? ` also for somebody else's ${oneWords}.` : ''} */
async get(id: string${owner && `, ${owner}`}): Promise<${One}> {
  return (await this.${many}.find(id${passed})) ?? raise(new ${NotFound}());
}`,
    `/** One page of ${isOwned ? (isStaffed ? `the ${manyWords} of a user, or of everyone` : `a user's ${manyWords}`) : manyWords}, newest first unless asked otherwise. */
list(${owner && `${owner}, `}request: List${Many}Dto): Promise<Page<${One}>> {
  return this.${many}.findPage(${passed && `${passed.slice(2)}, `}request);
}`,
    `/** ${creationThrows(isOwned, refusals) || `Adds ${aOne}.`} */
create(${isOwned ? 'userId: string, ' : ''}dto: Create${One}Dto): Promise<${One}> {
  const id = newId();
  return this.transactions.run(async () => {
    ${isOwned ? 'await this.users.lockActive(userId);' : ''}
    await this.${many}.insert({ id, ${isOwned ? 'userId, ' : ''}...dto });
    const ${one} = await this.get(id${isOwned ? ', userId' : ''});
    ${isStaffed ? '' : note('created', labelled('after', one))}
    ${told('created', one)}
    return ${one};
  });
}`,
    `/**
 * Changes ${aOne}; members that are absent stay (RFC 7396), and what is already so changes nothing, not even the version.
 *
 * ${throwsOf(NotFound, ...refusals, 'VersionMismatchError')}
 */
update(id: string${owner && `, ${owner}`}, change: Update${One}Dto, expectedVersion?: number): Promise<${One}> {
  return this.transactions.run(async () => {
    const ${one} = await this.lock(id${passed}, expectedVersion);
    ${events || isAudited ? `const { version } = ${one};` : ''}
    ${
      events || isAudited
        ? `const changed = await this.${many}.save(Object.assign(${one}, change));
    if (changed.version !== version) {\n${note('changed', ', after: { changed: Object.keys(change) }')}\n${told('changed', 'changed')}\n}
    return changed;`
        : `return this.${many}.save(Object.assign(${one}, change));`
    }
  });
}`,
    `/** ${throwsOf(NotFound, 'VersionMismatchError')} */
async remove(id: string${owner && `, ${owner}`}, expectedVersion?: number): Promise<void> {
  await this.transactions.run(async () => {
    ${events || labelled('before', one) ? `const ${one} = ` : ''}await this.lock(id${passed}, expectedVersion);
    await this.${many}.delete(id);
    ${note('removed', labelled('before', one))}
    ${told('removed', `{ id, version: ${one}.version + 1 }`)}
  });
}`,
    isOwned &&
      `/** Every ${oneWords} of a user, newest first. */\nlistAll(userId: string): Promise<${One}[]> {\n  return this.${many}.findAll(userId);\n}`,
    isOwned &&
      `/** Forgets all ${manyWords} of a user. */\nremoveAll(userId: string): Promise<void> {\n  return this.${many}.deleteAll(userId);\n}`,
    job === 'event' &&
      `/** What is to be done about a new ${oneWords}; once, however often it is called. One that has gone meanwhile is left out. */
async process(id: string): Promise<void> {
  await this.transactions.run(async () => {
    if (await this.${many}.markProcessed(id)) await this.recordProcessed(id);
  });
}`,
    job === 'schedule' &&
      `/** What is to be done about each ${oneWords} once, for up to \`limit\` of those that are new. @returns how many it was. */
processDue(limit: number): Promise<number> {
  return this.transactions.run(async () => {
    const due = await this.${many}.markProcessed(limit);
    for (const { id } of due) await this.recordProcessed(id);
    return due.length;
  });
}`,
    `private async lock(id: string${owner && `, ${owner}`}, expectedVersion: number | undefined): Promise<${One}> {
  const ${one} = (await this.${many}.lock(id${passed})) ?? raise(new ${NotFound}());
  assertVersion(${one}, expectedVersion);
  return ${one};
}`,
    job &&
      `private recordProcessed(id: string): Promise<void> {\n  return this.audit.record({ action: '${code}.processed', target: targetOf(id) });\n}`,
  ];
  const text = methods.map((method) => method && method.replace(/\n\s*\n(?! \*)/g, '\n'));
  return file(
    imports,
    `/** ${capital(manyWords)}${isOwned ? ' of users; each is its maker’s' : ''}. */
@Injectable()
export class ${Many}Service {
constructor(
${[
  'transactions: TransactionRunner',
  isOwned && 'users: UsersService',
  `${many}: ${Many}Repository`,
  (isAudited || job) && 'audit: AuditLog',
  events && 'outbox: Outbox',
]
  .filter(Boolean)
  .map((one) => `private readonly ${one},`)
  .join('\n')}
) {}

${members(text)}
}`,
    (isAudited || job) && `const targetOf = (id: string): { type: string; id: string } => ({ type: '${code}', id });`,
  );
}

export function controllerFile(model) {
  const { One, Many, many, manyWords, oneWords, aOne, singular, plural, isOwned, isStaffed, scope } = model;
  const { notFound, unique, unknown } = errorsOf(model);
  const refusals = [...unique, ...unknown].map(({ name }) => name);
  const imports = new Imports()
    .add('@nestjs/common', 'Body', 'Controller', 'Delete', 'Get', 'HttpCode', 'Param', 'Query')
    .add('@nestjs/swagger', 'ApiTags')
    .add(model.up('common/errors/api-problems.decorator.js'), 'ApiProblems')
    .add(model.up('common/errors/request.errors.js'), 'VersionMismatchError')
    .add(model.up('common/http/etag.js'), 'IfMatch')
    .add(model.up('common/http/location.decorator.js'), 'Location')
    .add(model.up('common/idempotency/write.decorators.js'), 'Patch', 'Post')
    .add(model.up('common/validation/decorators.js'), 'UuidParam')
    .add(
      `./${singular}.dto.js`,
      `Create${One}Dto`,
      `List${Many}Dto`,
      `${One}PageDto`,
      `${One}ResponseDto`,
      `Update${One}Dto`,
    )
    .add(`./${plural}.errors.js`, notFound.name, ...refusals)
    .add(`./${plural}.service.js`, `${Many}Service`);
  const access = model.up('common/security/access.decorators.js');
  if (!isOwned) imports.add(access, 'RequireScopes');
  if (isOwned) {
    imports
      .add(access, 'SignedIn', 'CurrentUser')
      .add(model.up('common/security/principal.js'), 'type AuthenticatedUser');
    imports.add(model.up('users/users.errors.js'), 'UserNotFoundError');
  }
  if (isStaffed) {
    imports.add(access, 'CurrentActor');
    imports.add(model.up('common/security/principal.js'), 'type Actor', 'hasScope', 'responsibleUserId');
    imports.add(model.up('common/security/scopes.js'), 'type Scope');
  }
  const open = (kind) =>
    isOwned
      ? isStaffed
        ? `@SignedIn({ orKeyWith: '${scope}:${kind}' })\n`
        : ''
      : `@RequireScopes('${scope}:${kind}')\n`;
  const caller = isOwned ? (isStaffed ? '@CurrentActor() actor: Actor' : '@CurrentUser() user: AuthenticatedUser') : '';
  const reach = (kind) => (isOwned ? (isStaffed ? `reachOf(actor, '${scope}:${kind}')` : 'user.id') : '');
  const args = (...parts) => parts.filter(Boolean).join(', ');
  const yours = isOwned ? `one of your ${manyWords}` : aOne;
  const isShort = `Lists ${manyWords}, newest first`.split(' ').length < 10;
  const handlers = [
    `/** Lists ${isOwned ? 'your ' : ''}${manyWords}${isShort ? ', newest first' : ''}.${isStaffed ? ` Holders of \`${scope}:read\` see everyone's.` : ''} */
@Get()
${open('read')}findAll(${args(`@Query() query: List${Many}Dto`, caller)}): Promise<${One}PageDto> {
  return this.${many}.list(${args(reach('read'), 'query')});
}`,
    `/** Reads ${isOwned ? yours : `one ${oneWords}`}. */
@Get(':id')
${open('read')}@ApiProblems(${notFound.name})
findOne(${args(`@Param('id', UuidParam) id: string`, caller)}): Promise<${One}ResponseDto> {
  return this.${many}.get(${args('id', reach('read'))});
}`,
    `/** Adds ${aOne}. */
@Post()
${isStaffed ? '@SignedIn()\n' : open('write')}@Location('${plural}/:id')
${isOwned || refusals.length > 0 ? `@ApiProblems(${args(...refusals, isOwned && 'UserNotFoundError')})\n` : ''}create(${args(`@Body() dto: Create${One}Dto`, isOwned && '@CurrentUser() user: AuthenticatedUser')}): Promise<${One}ResponseDto> {
  return this.${many}.create(${args(isOwned && 'user.id', 'dto')});
}`,
    `/** Changes ${yours}. */
@Patch(':id')
${open('write')}@ApiProblems(${args(notFound.name, ...refusals, 'VersionMismatchError')})
update(
  @Param('id', UuidParam) id: string,
  ${caller && `${caller},`}
  @Body() dto: Update${One}Dto,
  @IfMatch() expectedVersion: number | undefined,
): Promise<${One}ResponseDto> {
  return this.${many}.update(${args('id', reach('write'), 'dto', 'expectedVersion')});
}`,
    `/** Removes ${yours}. */
@Delete(':id')
@HttpCode(204)
${open('write')}@ApiProblems(${notFound.name}, VersionMismatchError)
remove(${args(`@Param('id', UuidParam) id: string`, caller, '@IfMatch() expectedVersion: number | undefined')}): Promise<void> {
  return this.${many}.remove(${args('id', reach('write'), 'expectedVersion')});
}`,
  ].map((handler) => handler.replace(/\n\s*\n/g, '\n'));
  return file(
    imports,
    isStaffed &&
      `/** Whose ${manyWords} the caller reaches: null stands for everyone's, which takes the scope. */
const reachOf = (actor: Actor, scope: Scope): string | null => (hasScope(actor, scope) ? null : responsibleUserId(actor));`,
    `@ApiTags('${plural}')
@Controller('${plural}')
${isOwned && !isStaffed ? '@SignedIn()\n' : ''}export class ${Many}Controller {
constructor(private readonly ${many}: ${Many}Service) {}

${members(handlers)}
}`,
  );
}

export function moduleFile(model) {
  const { One, Many, many, singular, plural, manyWords, isOwned } = model;
  const imports = new Imports()
    .add('@nestjs/common', 'Module')
    .add('@nestjs/typeorm', 'TypeOrmModule')
    .add(`./${singular}.entity.js`, One)
    .add(`./${plural}.controller.js`, `${Many}Controller`)
    .add(`./${plural}.repository.js`, `${Many}Repository`)
    .add(`./${plural}.service.js`, `${Many}Service`);
  if (isOwned) {
    imports.add('@nestjs/common', 'type OnModuleInit');
    imports
      .add(model.up('users/personal-data.js'), 'PersonalData')
      .add(model.up('users/users.module.js'), 'UsersModule');
  }
  const body = isOwned
    ? `export class ${Many}Module implements OnModuleInit {
constructor(
  private readonly ${many}: ${Many}Service,
  private readonly personalData: PersonalData,
) {}

onModuleInit(): void {
  this.personalData.add({
    section: '${plural}',
    description: 'Your ${manyWords}.',
    export: (userId) => this.${many}.listAll(userId),
    erase: (userId) => this.${many}.removeAll(userId),
  });
}
}`
    : `export class ${Many}Module {}`;
  return file(
    imports,
    `/** ${capital(manyWords)}${isOwned ? ' of users; each is its maker’s' : ''}. */
@Module({
  imports: [TypeOrmModule.forFeature([${One}])${isOwned ? ', UsersModule' : ''}],
  controllers: [${Many}Controller],
  providers: [${Many}Service, ${Many}Repository],
  exports: [${Many}Service],
})
${body}`,
  );
}

/** The constant that holds the types of a feature's events. */
export const eventsList = ({ singular }) => `${singular.replaceAll('-', '_').toUpperCase()}_EVENTS`;

export function eventFile(model) {
  const { One, code, one, aOne, manyWords, singular } = model;
  const imports = new Imports()
    .add(model.up('jobs/domain-event.js'), 'type DomainEvent')
    .add(model.up('jobs/event-type.js'), 'describeEvents', 'type NameIn')
    .add(`./${singular}.entity.js`, `type ${One}`);
  return file(
    imports,
    `/** Something that happened to ${aOne}. */
export class ${One}Event implements DomainEvent {
readonly aggregateType = '${code}';
readonly aggregateId: string;
readonly aggregateVersion: number;
readonly data: Readonly<Record<string, unknown>>;

constructor(
  readonly type: NameIn<typeof ${eventsList(model)}>,
  ${one}: Pick<${One}, 'id' | 'version'>,
) {
  this.aggregateId = ${one}.id;
  this.aggregateVersion = ${one}.version;
  this.data = { ${one}Id: ${one}.id };
}
}`,
    `/** The events of ${manyWords}. */
export const ${eventsList(model)} = describeEvents(
  '${code}',
  { ${one}Id: 'uuid' },
  {
    '${code}.created': '${capital(aOne)} was added.',
    '${code}.changed': '${capital(aOne)} changed.',
    '${code}.removed': '${capital(aOne)} was removed.',
  },
);`,
  );
}

export function processorFile(model) {
  const { One, Many, many, oneWords, manyWords, plural, job, queue } = model;
  const imports = new Imports()
    .add('@nestjs/bull', 'Process', 'Processor')
    .add('@nestjs/common', 'Module')
    .add(model.up('jobs/queues.js'), 'QUEUES')
    .add(`./${plural}.module.js`, `${Many}Module`)
    .add(`./${plural}.service.js`, `${Many}Service`);
  if (job === 'event')
    imports
      .add('bull', 'type Job')
      .add(model.up('jobs/event-jobs.js'), 'EventJobs')
      .add(model.up('jobs/queues.js'), 'type EventJob');
  const processor =
    job === 'event'
      ? `@Processor(QUEUES.${queue.key})
export class ${One}Processor {
constructor(
  private readonly events: EventJobs,
  private readonly ${many}: ${Many}Service,
) {}

/** Does what is to be done about a new ${oneWords}. */
@Process()
process(job: Job<EventJob>): Promise<void> {
  return this.events.run(QUEUES.${queue.key}, job, ({ aggregateId }) => this.${many}.process(aggregateId));
}
}`
      : `/** ${capital(manyWords)} of one transaction; what is left has a transaction of its own. */
const BATCH = 100;

@Processor(QUEUES.${queue.key})
export class ${One}Processor {
constructor(private readonly ${many}: ${Many}Service) {}

/** Does what is to be done about each ${oneWords}, until none is left. */
@Process()
async process(): Promise<void> {
  while ((await this.${many}.processDue(BATCH)) === BATCH);
}
}`;
  return file(
    imports,
    processor,
    `/** The jobs of ${manyWords}; only processes that run jobs import it. */
@Module({ imports: [${Many}Module], providers: [${One}Processor] })
export class ${Many}JobsModule {}`,
  );
}
