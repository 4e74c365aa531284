import { GenerationError } from './generation-error.mjs';
import { isRequired, parseFields } from './fields.mjs';
import { camel, featureNames, snake } from './names.mjs';
import { CLASS_NAMES, JAVASCRIPT_WORDS, SQL_WORDS } from './reserved.mjs';

const SORTABLE = ['string', 'int', 'date', 'datetime'];
const OWNERS = ['none', 'user'];
/** The roles that a migration made; `admin` may do everything, and whoever made others gives them what they want. */
const ROLES = ['support', 'fulfilment', 'catalogue', 'finance'];

/**
 * Everything that the files of a feature are made of.
 *
 * @param options As they were given: `name, plural, singular, fields, owner, scope, roles, events, job, migration`.
 * @throws GenerationError for what cannot be a feature.
 */
export function featureModel(options, project) {
  const names = featureNames(options.name, options);
  refuseReserved(names);
  const owner = options.owner || 'none';
  if (!OWNERS.includes(owner)) throw new GenerationError(`--owner is ${OWNERS.join(' or ')}, not ${owner}.`);
  const isOwned = owner === 'user';
  const job = options.job ? (options.events ? 'event' : 'schedule') : null;
  const fields = parseFields(options.fields, [...(isOwned ? ['userId'] : []), ...(job ? ['processedAt'] : [])]);
  if (fields.length === 0)
    throw new GenerationError('A feature needs fields: --fields "title:string{1..120} price:money".');
  for (const field of fields) if (field.type === 'ref') field.target = project.reference(field.target);
  const scope = options.scope || (isOwned ? null : names.plural);
  if (scope !== null && !/^[a-z]+(-[a-z]+)*$/.test(scope))
    throw new GenerationError(
      `--scope is the first half of scopes, such as ${names.plural} for ${names.plural}:read; not ${scope}.`,
    );
  const roles = String(options.roles || '')
    .split(/[\s,]+/)
    .filter(Boolean);
  const unknown = roles.find((role) => !ROLES.includes(role));
  if (unknown) throw new GenerationError(`--roles are of ${ROLES.join(', ')}; ${unknown} is none.`);
  const sortField = fields.find(
    (field) => SORTABLE.includes(field.type) && isRequired(field) && !(field.type === 'string' && field.max > 500),
  );
  return {
    ...names,
    fields,
    isOwned,
    isStaffed: isOwned && scope !== null,
    isAudited: scope !== null,
    scope,
    scopes: scope === null ? [] : [`${scope}:read`, `${scope}:write`],
    roles,
    events: Boolean(options.events),
    job,
    queue: job && {
      key: camel(`${names.singular}-${job === 'event' ? 'processing' : 'sweep'}`),
      name: `${names.singular}-${job === 'event' ? 'processing' : 'sweep'}`,
    },
    sortField,
    sorts: ['createdAt', ...(sortField ? [sortField.name] : [])],
    SORTS: `${snake(names.singular)}_SORTS`.toUpperCase(),
    label: fields.find(({ type, isOptional }) => type === 'string' && !isOptional),
    up: (path) => `../${path}`,
  };
}

function refuseReserved({ plural, singular, one, many, One, Many, table }) {
  for (const [said, word, isReserved] of [
    [singular, one, JAVASCRIPT_WORDS.has(one)],
    [plural, many, JAVASCRIPT_WORDS.has(many)],
    [singular, One, CLASS_NAMES.has(One)],
    [plural, Many, CLASS_NAMES.has(Many)],
    [plural, table, SQL_WORDS.has(table)],
  ]) {
    if (isReserved)
      throw new GenerationError(
        `"${said}" is a reserved word (${word}): choose another name, or say --plural and --singular.`,
      );
  }
}
