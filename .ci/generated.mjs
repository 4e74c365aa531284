// The pages of docs/how-to, run as they stand there in a copy of the project: three features and what is added to them are generated and
// pass the checks, their own tests and those that every operation has to pass; taken out again, they leave the copy as it was, byte by byte.
// Usage: node .ci/generated.mjs [folder]
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main, run } from './support.mjs';

const PAGES = ['add-a-feature', 'add-an-operation', 'react-to-an-event', 'add-a-scheduled-job', 'add-a-provider'];
const LEFT_OUT = ['.git', 'dist', 'node_modules', '.storehouse', 'coverage', '.env'];
/** Tests that walk over all operations, and of which only those of the new ones are wanted. */
const CONTRACT = [
  'test/e2e/access/(access|ownership|exposure)',
  'test/e2e/docs/(document|every)',
  'test/e2e/http/(empty|version)',
  'test/e2e/auth/bearer',
  'test/e2e/users/erase',
];
/** Titles that belong to no single operation. */
const ALL = 'the matrix has|is tried of every|the document says|is served|has one name|tried below|AC-8|OP-10';

const project = resolve(import.meta.dirname, '..');
const copy = process.argv[2] ? resolve(process.argv[2]) : mkdtempSync(join(tmpdir(), 'storehouse-generated-'));
const bin = join(copy, 'node_modules/.bin');
const env = {
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  // Each command loads the compiler and prettier anew.
  NODE_COMPILE_CACHE: join(copy, '.storehouse/compiled'),
  // The document is brought up to date once, after all commands.
  STOREHOUSE_OPENAPI: 'later',
};
const times = [];

await main(async () => {
  try {
    await timed('copy', copyProject);
    const before = digests();
    const { commands, excerpts, patterns, features, generated } = readPages();
    for (const command of commands) await timed(command.slice(0, 60), () => shell(command));
    for (const { path, text, page } of excerpts) expectExcerpt(path, text, page);
    const fresh = changedSince(before);
    await Promise.all([
      timed('types', () => node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')),
      timed('OpenAPI', () => node('scripts/check-openapi.mjs', '--write')),
      timed('lint, format, architecture, migration drift', async () => {
        const code = fresh.filter((path) => path.endsWith('.ts'));
        await node('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', ...code);
        await node(
          'node_modules/prettier/bin/prettier.cjs',
          '--check',
          '--ignore-unknown',
          ...fresh.filter((path) => path !== 'openapi.json'),
        );
        await node(
          'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
          '--config',
          '.dependency-cruiser.cjs',
          'src',
        );
        await node('--import', './scripts/typescript.mjs', 'scripts/check-migrations.mjs');
      }),
    ]);
    await timed('their tests', () => test(...patterns));
    await timed('tests of every operation', () => test(...CONTRACT, '-t', `/(${features.join('|')})|${ALL}`));
    for (const whole of generated) await timed(`without ${whole}`, () => shell(`npx nest g ${whole} --remove`));
    // Made of the sources alone: of the same ones, it is the document that `npm run check` holds against them.
    const left = changedSince(before).filter((path) => path !== 'openapi.json');
    if (left.length > 0) throw new Error(`Taken out again, the features leave traces: ${left.join(', ')}`);
    console.log(`${features.length} features of ${fresh.length} new or changed files, and none of them left.`);
  } finally {
    for (const [what, seconds] of times) console.log(`${seconds.toFixed(1).padStart(6)} s  ${what}`);
    if (!process.argv[2]) rmSync(copy, { recursive: true, force: true });
  }
});

function copyProject() {
  cpSync(project, copy, {
    recursive: true,
    filter: (path) => !LEFT_OUT.includes(path.slice(project.length + 1)),
  });
  if (!existsSync(join(copy, 'node_modules'))) symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
}

/** What the pages say is to be run, what is to be found in which file, and which tests are to pass. */
function readPages() {
  const found = { commands: [], excerpts: [], patterns: [], features: [], generated: [] };
  for (const page of PAGES) {
    const text = readFileSync(join(copy, `docs/how-to/${page}.md`), 'utf8');
    for (const [, language, path, block] of text.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)) {
      if (language === 'ts') found.excerpts.push({ path, text: block, page });
      else for (const command of block.trim().split('\n')) sort(command, found);
    }
  }
  return { ...found, patterns: [...new Set(found.patterns)] };
}

/** Checks and tests of all pages run together, once. */
function sort(command, { commands, patterns, features, generated }) {
  const feature = /^npx nest g feature (\S+)/.exec(command)?.[1];
  if (feature) features.push(feature);
  const whole = /^npx nest g (feature \S+|provider \S+ \S+)/.exec(command)?.[1];
  if (whole) generated.push(whole);
  if (command.startsWith('npm test -- '))
    patterns.push(command.slice('npm test -- '.length), `src/${command.slice('npm test -- '.length)}`);
  else if (command.startsWith('npx nest g ')) commands.push(command);
  else if (command !== 'npm run check') throw new Error(`Nothing runs "${command}"`);
}

/** Compares without regard to how the lines are broken and indented. */
function expectExcerpt(path, text, page) {
  const plain = (code) => code.replace(/\s+/g, ' ').trim();
  if (!plain(readFileSync(join(copy, path), 'utf8')).includes(plain(text)))
    throw new Error(`${path} does not hold what docs/how-to/${page}.md shows of it:\n${text}`);
}

function digests() {
  const files = readdirSync(copy, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(copy.length + 1));
  return new Map(
    paths
      .filter((path) => !LEFT_OUT.includes(path.split('/')[0]))
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(copy, path)))
          .digest('hex'),
      ]),
  );
}

function changedSince(before) {
  const now = digests();
  return [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path)).sort();
}

async function timed(what, work) {
  const started = performance.now();
  try {
    await work();
  } finally {
    times.push([what, (performance.now() - started) / 1000]);
  }
}

function node(...args) {
  return run(process.execPath, args, { cwd: copy, env });
}

/** npx takes half a second to find what the shell finds at once: the folder of commands comes first in the path. */
function shell(command) {
  return run('bash', ['-c', `npx() { "$@"; }; ${command}`], { cwd: copy, env: { ...env, CI: 'true' } });
}

function test(...args) {
  const workers = `--maxWorkers=${Math.min(2, availableParallelism())}`;
  return run('npm', ['test', '--', '--no-build', workers, ...args], { cwd: copy, env });
}
