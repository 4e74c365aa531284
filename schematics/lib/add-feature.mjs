import { Changes } from './changes.mjs';
import { GenerationError } from './generation-error.mjs';
import { createTable, nextStamp } from './migration.mjs';
import { featureModel } from './model.mjs';
import { digest, recordPath } from './record.mjs';
import { register, registrationsOf } from './registrations.mjs';
import {
  controllerFile,
  dtoFile,
  entityFile,
  errorsFile,
  eventFile,
  moduleFile,
  processorFile,
  repositoryFile,
  serviceFile,
} from './sources.mjs';
import { hasEntry } from './syntax.mjs';
import { endToEndFile, factoryFile, integrationFile, raceFile, unitFile } from './tests.mjs';

/** What is asked for, without what the command line adds of its own. */
const OPTIONS = ['name', 'plural', 'singular', 'fields', 'owner', 'scope', 'roles', 'events', 'job', 'migration'];

/** Writes a feature and names it everywhere. @throws GenerationError before anything is changed. */
export async function addFeature(options, project) {
  const model = featureModel(options, project);
  refuseClashes(model, project);
  const migration = options.migration === false ? undefined : createTable(model, nextStamp(project));
  const changes = new Changes(project);
  for (const [path, text] of filesOf(model, migration)) changes.write(path, text);
  const own = [...filesOf(model, migration).keys()];
  const registrations = registrationsOf(model, migration);
  // A scope that others have too stays when the feature goes.
  const scopes = project.read('src/common/security/scopes.ts');
  const added = registrations.filter(({ isShared, list, entry }) => !isShared || !hasEntry(scopes, list, entry));
  for (const registration of added) changes.edit(registration.path, (text) => register(text, registration));
  const texts = await changes.format();
  const record = {
    options: Object.fromEntries(
      OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
    ),
    files: Object.fromEntries(own.map((path) => [path, digest(texts.get(path))])),
    registrations: added.map(({ path, imports, list, key, entry }) => ({ path, imports, list, key: key ?? entry })),
  };
  changes.write(recordPath(model.plural), JSON.stringify(record));
  await changes.format();
  return changes.apply();
}

/** Path and text of every file of a feature. */
export function filesOf(model, migration) {
  const { plural, singular, events, job } = model;
  const src = `src/${plural}/${plural}`;
  const one = `src/${plural}/${singular}`;
  return new Map([
    [`${src}.module.ts`, moduleFile(model)],
    [`${src}.controller.ts`, controllerFile(model)],
    [`${src}.service.ts`, serviceFile(model)],
    [`${src}.repository.ts`, repositoryFile(model)],
    [`${src}.errors.ts`, errorsFile(model)],
    [`${one}.entity.ts`, entityFile(model)],
    [`${one}.dto.ts`, dtoFile(model)],
    [`${one}.dto.spec.ts`, unitFile(model)],
    ...(events ? [[`${one}.event.ts`, eventFile(model)]] : []),
    ...(job ? [[`${src}.processor.ts`, processorFile(model)]] : []),
    ...(migration ? [[migration.path, migration.text]] : []),
    [`test/factories/${singular}.factory.ts`, factoryFile(model)],
    [`test/integration/${plural}/${plural}.repository.int-spec.ts`, integrationFile(model)],
    [`test/e2e/${plural}/${plural}.e2e-spec.ts`, endToEndFile(model)],
    [`test/e2e/${plural}/${singular}-races.e2e-spec.ts`, raceFile(model)],
  ]);
}

/** What is in the way, everything in one sentence. */
function refuseClashes(model, project) {
  const { plural, table, One, Many, queue } = model;
  const ways = [];
  const folders = [
    `src/${plural}`,
    `test/e2e/${plural}`,
    `test/integration/${plural}`,
    `test/factories/${model.singular}.factory.ts`,
  ];
  for (const path of folders) if (project.has(path)) ways.push(`${path} is there`);
  if (project.routes.has(plural)) ways.push(`/${plural} is a path of the API`);
  if (project.tables.has(table)) ways.push(`${table} is a table`);
  const { exported } = project;
  for (const name of [
    One,
    `${Many}Module`,
    `${Many}Service`,
    `${Many}Controller`,
    `Create${One}Dto`,
    `${One}ResponseDto`,
  ]) {
    const path = exported.get(name);
    if (path && !path.startsWith(`/src/${plural}/`)) ways.push(`${name} is a class of ${path.slice(1)}`);
  }
  if (queue && hasEntry(project.read('src/jobs/queues.ts'), 'DECLARED', queue.key))
    ways.push(`${queue.key} is a queue`);
  if (ways.length > 0) throw new GenerationError(`${plural} cannot be generated: ${ways.join('; ')}.`);
}
