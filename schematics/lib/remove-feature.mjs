import { Changes } from './changes.mjs';
import { GenerationError } from './generation-error.mjs';
import { featureNames } from './names.mjs';
import { editedFiles, readRecord, recordPath } from './record.mjs';
import { unregister } from './registrations.mjs';

/** Takes a feature out, with everything that names it. @throws GenerationError when a file of it was edited, before anything is changed. */
export async function removeFeature(options, project, logger) {
  const { plural } = featureNames(options.name, options);
  const record = readRecord(project, plural);
  const edited = editedFiles(project, record);
  if (edited.length > 0)
    throw new GenerationError(`${plural} was edited and has to be taken out by hand: ${edited.join(', ')}.`);
  const users = usersOf(project, plural);
  if (users.length > 0) throw new GenerationError(`${plural} is in use: ${users.join(', ')}.`);
  const changes = new Changes(project);
  for (const registration of record.registrations)
    changes.edit(registration.path, (text) => unregister(text, registration));
  await changes.format();
  for (const path of Object.keys(record.files)) changes.delete(path);
  changes.delete(recordPath(plural));
  changes.apply();
  const migrations = Object.keys(record.files).filter((path) => path.includes('/migrations/')).length;
  if (migrations > 0) logger.warn(howToTakeBack(plural, migrations));
}

/** Files are gone by now, tables are not: only who runs the database knows whether there are any. */
function howToTakeBack(plural, migrations) {
  const times = migrations === 1 ? 'once' : `${migrations} times`;
  return (
    `Where the migrations of ${plural} have run, their tables are still there. Bring the files back with Git, run ` +
    `"npm run migration:revert" ${times}, and take ${plural} out again.`
  );
}

/** Files outside the feature that import from it, where it is named as every feature is apart. */
function usersOf(project, plural) {
  const named = ['/src/app.module.ts', '/src/background.module.ts', '/src/events/event-types.ts'];
  return project.sources
    .filter(
      ([path, text]) =>
        !path.startsWith(`/src/${plural}/`) &&
        !named.includes(path) &&
        text.includes(`/${plural}/`) &&
        new RegExp(`from '[./]+/${plural}/`).test(text),
    )
    .map(([path]) => path.slice(1));
}
