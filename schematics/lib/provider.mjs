import { Changes } from './changes.mjs';
import { GenerationError } from './generation-error.mjs';
import { capital, kebab, pascal, snake } from './names.mjs';
import { PORTS } from './provider-ports.mjs';
import { addEntry, addImport, addMember, hasEntry, membersOf, removeEntry, removeImport } from './syntax.mjs';

const ENVIRONMENT = 'src/config/environment.ts';
const EXAMPLE = '.env.example';
/** Names that every object has. */
const RESERVED = ['constructor', 'prototype'];

/** Writes an implementation of an extension point and registers it. @throws GenerationError before anything is changed. */
export async function addProvider(options, project) {
  const model = providerModel(options);
  const { files, list, settings } = model;
  refuseClashes(model, project);
  const changes = new Changes(project);
  for (const [path, text] of files) changes.write(path, text);
  changes.edit(list.path, (text) =>
    addEntry(addImport(text, list.from, model.Class), list.name, `${model.key}: ${model.Class}`),
  );
  changes.edit(ENVIRONMENT, (text) => {
    const added = addMember(text, 'Environment', settings.members);
    return settings.list ? addEntry(added, settings.list, `'${settings.names[0]}'`) : added;
  });
  await changes.format();
  changes.apply();
  return overwrite(project, EXAMPLE, (text) => withExample(text, settings.example));
}

/** Takes an implementation out again. @throws GenerationError when it was edited, before anything is changed. */
export async function removeProvider(options, project) {
  const model = providerModel(options);
  const { files, list, settings } = model;
  const written = new Changes(project);
  for (const [path, text] of files) written.write(path, text);
  const edited = [...(await written.format())]
    .filter(([path, text]) => !project.tree.exists(path) || project.read(path) !== text)
    .map(([path]) => path);
  if (!project.read(ENVIRONMENT).includes(declared(settings))) edited.push(ENVIRONMENT);
  if (edited.length > 0)
    throw new GenerationError(
      `${model.name} has to be taken out by hand, because not all of it is as it was written: ${edited.join(', ')}.`,
    );
  const changes = new Changes(project);
  for (const path of files.keys()) changes.delete(path);
  changes.edit(list.path, (text) => removeImport(removeEntry(text, list.name, model.key), list.from));
  changes.edit(ENVIRONMENT, (text) => {
    const without = text.replace(declared(settings), '');
    return settings.list ? removeEntry(without, settings.list, `'${settings.names[0]}'`) : without;
  });
  await changes.format();
  changes.apply();
  return overwrite(project, EXAMPLE, (text) => text.replace(settings.example, ''));
}

/** Everything that the files of an implementation are made of. */
function providerModel({ name: port, provider }) {
  const point = Object.hasOwn(PORTS, port) ? PORTS[port] : undefined;
  if (!point)
    throw new GenerationError(
      `There is no extension point ${port}; there are ${Object.keys(PORTS).join(', ')}. A plain provider takes its folder with its name: nest g provider ${provider}/${port}.`,
    );
  const name = kebab(String(provider ?? '').trim());
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40)
    throw new GenerationError(
      `"${provider ?? ''}" cannot name a provider: use letters and digits, words joined by "-", 40 at most, such as acme.`,
    );
  if (RESERVED.includes(name)) throw new GenerationError(`"${name}" is a reserved word: choose another name.`);
  const names = { name, key: snake(name), Name: pascal(name), Title: name.split('-').map(capital).join(' ') };
  return { ...names, ...point({ ...names, CONSTANT: names.key.toUpperCase() }) };
}

function refuseClashes({ name, key, Class, files, list, settings }, project) {
  const ways = [...files.keys()].filter((path) => project.has(path)).map((path) => `${path} is there`);
  const names = project.read(list.path);
  if (hasEntry(names, list.name, key)) ways.push(`${key} is one of ${list.name}`);
  const known = membersOf(project.read(ENVIRONMENT), 'Environment');
  for (const setting of settings.names) if (known.includes(setting)) ways.push(`${setting} is a setting`);
  const path = project.exported.get(Class);
  if (path && !files.has(path.replace(/^\//, ''))) ways.push(`${Class} is a class of ${path.replace(/^\//, '')}`);
  if (ways.length > 0) throw new GenerationError(`${name} cannot be generated: ${ways.join('; ')}.`);
}

/** The settings as they stand in the class. */
const declared = ({ members }) => `\n\n  ${members}`;

/** The sample settings stand after those of mail, and at the end where these are gone. */
function withExample(text, lines) {
  const place = /^#MAIL_FROM=.*\n/m.exec(text);
  const at = place ? place.index + place[0].length : text.length;
  return text.slice(0, at) + lines + text.slice(at);
}

/** For a file that prettier knows nothing of. */
function overwrite({ tree }, path, change) {
  if (!tree.exists(path)) return tree;
  const text = tree.read(path).toString('utf8');
  const changed = change(text);
  if (changed !== text) tree.overwrite(path, changed);
  return tree;
}
