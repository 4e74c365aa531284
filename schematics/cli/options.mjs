// What the Nest CLI lacks for generators of one's own: `nest g` refuses every option that it does not know itself, and ends well when a
// generator fails. `link.mjs` has the CLI load this.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PORTS } from '../lib/provider-ports.mjs';

const COLLECTION = '@storehouse/schematics';
const { schematics } = JSON.parse(readFileSync(new URL('../collection.json', import.meta.url), 'utf8'));
const own = new Map(
  Object.entries(schematics).flatMap(([name, { aliases = [], schema }]) => {
    const { properties } = JSON.parse(readFileSync(new URL(`../${schema}`, import.meta.url), 'utf8'));
    return [name, ...aliases].map((alias) => [alias, { name, properties }]);
  }),
);

/** Lets `nest generate` take the options of our generators, and run these itself. */
export function takeOptions(GenerateCommand) {
  const { load } = GenerateCommand.prototype;
  GenerateCommand.prototype.load = async function (program) {
    await load.call(this, program);
    const command = program.commands.find((one) => one.name() === 'generate');
    for (const [name, option] of allOptions()) command.option(...flagOf(name, option));
    const handle = this.action.handle.bind(this.action);
    this.action.handle = (context) => (isOurs(context) ? run(context, command.opts()) : handle(context));
  };
}

/** With one name, `nest g provider` is Nest's own, which our collection hands on with its options. */
const isOurs = ({ schematic, name, path }) =>
  own.has(schematic) && (own.get(schematic).name !== 'provider' || path !== undefined || Object.hasOwn(PORTS, name));

/** The options of all our generators, each once; what stands alone on the command line is none. */
function allOptions() {
  const all = [...own.values()].flatMap(({ properties }) => Object.entries(properties));
  return new Map(all.filter(([, { $default }]) => !$default));
}

function flagOf(name, { type, description, default: standard }) {
  if (type !== 'boolean') return [`--${name} <${name}>`, description];
  return [standard === true ? `--no-${name}` : `--${name}`, description];
}

/** Runs a generator, and brings `openapi.json` up to date with what it wrote. */
async function run({ schematic, name, path, dryRun }, options) {
  const { name: generator, properties } = own.get(schematic);
  const positionals = { 0: name, 1: path };
  const given = Object.entries(properties).map(([key, { $default }]) => [
    key,
    $default ? positionals[$default.index] : options[key],
  ]);
  const args = given
    .filter(([key, value]) => value !== undefined && value !== properties[key].default)
    .map(([key, value]) => `--${key}=${value}`);
  if (dryRun) args.push('--dry-run');
  // What is taken out again needs no answers.
  if (options.remove) args.push('--no-interactive');
  const binary = createRequire(import.meta.resolve('@nestjs/cli/package.json')).resolve(
    '@angular-devkit/schematics-cli/bin/schematics.js',
  );
  process.exitCode = await ended([binary, `${COLLECTION}:${generator}`, ...args]);
  const isLater = options.openapi === false || process.env.STOREHOUSE_OPENAPI === 'later';
  if (process.exitCode !== 0 || dryRun || isLater) return;
  if (!existsSync('scripts/check-openapi.mjs')) return;
  console.log('Brings openapi.json up to date, for which the project is built; --no-openapi leaves it for later.');
  process.exitCode = await ended(['scripts/check-openapi.mjs', '--write']);
}

function ended(args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}
