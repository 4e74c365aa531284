import { capital } from './names.mjs';
import { eventsList } from './sources.mjs';
import { addEntry, addImport, hasEntry, removeEntry, removeImport } from './syntax.mjs';
import { parts } from './tests.mjs';

/** Entries of lists outside the feature's own files that name it. */
const quoted = (text) => `'${text}'`;
const property = (name) => (/^[a-zA-Z_]\w*$/.test(name) ? name : quoted(name));

/**
 * Every place that names a feature: `path` of the file, what it imports, the `list` there, and the `entry` with its `key`.
 *
 * @param migration Name and path of the migration that creates its table; undefined for none.
 */
export function registrationsOf(model, migration) {
  const { Many, plural, singular, oneWords, manyWords, isOwned, code, events, job, queue, scopes } = model;
  return [
    {
      path: 'src/app.module.ts',
      imports: [`./${plural}/${plural}.module.js`, `${Many}Module`],
      list: 'imports',
      entry: `${Many}Module`,
    },
    {
      path: 'assets/docs/document.json',
      list: 'tags',
      key: `"${plural}"`,
      entry: `{ "name": "${plural}", "description": "${capital(isOwned ? `your ${manyWords}` : manyWords)}." }`,
    },
    { path: 'assets/docs/document.json', list: 'x-tagGroups.Shop.tags', entry: `"${plural}"` },
    ...scopes.map((scope) => ({
      path: 'src/common/security/scopes.ts',
      list: 'SCOPES',
      entry: quoted(scope),
      isShared: true,
    })),
    ...(migration ? [migrationEntry(migration)] : []),
    ...accessRules(model).map(([name, rule]) => accessEntry(name, rule)),
    versionEntry(model, `PATCH /api/v1/${plural}/{id}`, patchOf(model)),
    versionEntry(model, `DELETE /api/v1/${plural}/{id}`),
    ...(isOwned
      ? [
          {
            path: 'test/e2e/access/ownership.e2e-spec.ts',
            imports: [`../../factories/${singular}.factory.js`, `create${model.One}`],
            list: 'MAKERS',
            key: `/${plural}/{id}`,
            entry: `'/${plural}/{id}': async (app, { user }) => (await create${model.One}(app, user.id)).id`,
          },
        ]
      : []),
    ...(events
      ? [
          {
            path: 'src/events/event-types.ts',
            imports: [`../${plural}/${singular}.event.js`, eventsList(model)],
            list: 'EVENT_TYPES',
            entry: `...${eventsList(model)}`,
          },
        ]
      : []),
    ...(job
      ? [
          {
            path: 'src/jobs/queues.ts',
            list: 'DECLARED',
            key: queue.key,
            entry: `${property(queue.key)}: {
              name: ${quoted(queue.name)},
              does: ${quoted(events ? `Does what is to be done about each new ${oneWords}.` : `Does what time brings about for ${manyWords}.`)},
              ${events ? `reads: ['${code}.created']` : 'everySeconds: 60'},
            }`,
          },
          {
            path: 'src/background.module.ts',
            imports: [`./${plural}/${plural}.processor.js`, `${Many}JobsModule`],
            list: 'imports',
            entry: `${Many}JobsModule`,
          },
        ]
      : []),
  ];
}

export const migrationEntry = ({ name, path }) => ({
  path: 'src/database/migrations/index.ts',
  imports: [`./${path.split('/').at(-1).replace(/\.ts$/, '.js')}`, name],
  list: 'migrations',
  entry: name,
});

export const accessEntry = (name, rule) => ({
  path: 'test/e2e/access/access-matrix.ts',
  list: 'ACCESS_MATRIX',
  key: name,
  entry: `${quoted(name)}: ${rule}`,
});

/** How the test of lost updates makes a row for an operation that minds its version. @param body What is sent to change it. */
export const versionEntry = ({ plural, singular, One, isOwned }, title, body) => ({
  path: 'test/e2e/http/version-mismatch.e2e-spec.ts',
  imports: [`../../factories/${singular}.factory.js`, `create${One}`],
  list: 'CASES',
  key: title,
  entry: `${quoted(title)}: [async () => asStaff(\`/${plural}/\${(await create${One}(app${isOwned ? ', admin.user.id' : ''})).id}\`)${body ? `, ${body}` : ''}]`,
});

/** A change of a row that needs no other rows. */
function patchOf(model) {
  const { changing, changed } = parts(model);
  return /await|newId/.test(changed) ? '{}' : `{ ${changing.name}: ${changed} }`;
}

/** Who may call what, as the matrix of the tests has it. */
export function accessRules({ plural, isOwned, scope }) {
  const [read, write] = isOwned ? ["'signed-in'", "'signed-in'"] : [`['${scope}:read']`, `['${scope}:write']`];
  return [
    [`GET /${plural}`, read],
    [`POST /${plural}`, write],
    [`GET /${plural}/{id}`, read],
    [`PATCH /${plural}/{id}`, write],
    [`DELETE /${plural}/{id}`, write],
  ];
}

const keyOf = ({ key, entry }) => key ?? entry;

/** The text of a file with the registration in it; as it is when that is there already. */
export function register(text, registration) {
  const { imports, list, entry } = registration;
  if (hasEntry(text, list, keyOf(registration))) return text;
  const imported = imports ? addImport(text, ...imports) : text;
  return addEntry(imported, list, entry);
}

export function unregister(text, registration) {
  const { imports, list } = registration;
  const without = removeEntry(text, list, keyOf(registration));
  return imports ? removeImport(without, imports[0]) : without;
}
