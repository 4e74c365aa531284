import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCES = ['src/**/*', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'];
/** Written last, so that an interrupted build does not count. */
const STAMP = 'dist/.built';
/** Names what `transpile` made of the sources, which is not yet a build. */
const TRANSPILED = 'transpiled from ';

/** Builds `dist` unless it was built from these very sources. */
export async function buildIfNeeded() {
  if (stamp() === newestSource()) return;
  process.stderr.write('Building …\n');
  await build();
}

/**
 * Makes `dist` fit to start. Sources that were never built are those of a commit: CI has checked their types and compared `openapi.json`
 * with them. So they are only transpiled, which takes a tenth of the time, and the file is their document. Changed ones are built.
 */
export async function buildForStart() {
  if (stamp() === TRANSPILED + newestSource()) return;
  if (existsSync('dist')) await buildIfNeeded();
  else await transpile();
}

/** Builds `dist` anew: types, the metadata of the documents, and the bundles. */
export async function build() {
  const newest = newestSource();
  execFileSync(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build'], { stdio: ['ignore', 2, 2] });
  const { bundle } = await import('./bundle.mjs');
  await bundle();
  writeFileSync(STAMP, newest);
}

async function transpile() {
  const newest = newestSource();
  const [{ transformFile }, { swcOptions }] = await Promise.all([import('@swc/core'), import('./swc-options.mjs')]);
  const options = { ...swcOptions, module: { type: 'es6' }, sourceMaps: 'inline' };
  const files = globSync('src/**/*.ts').filter((file) => !/\.(spec|d)\.ts$/.test(file));
  await Promise.all(
    files.map(async (file) => {
      const { code } = await transformFile(file, options);
      const target = file.replace(/^src/, 'dist').replace(/ts$/, 'js');
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }),
  );
  copyFileSync('openapi.json', join('dist', 'openapi.json'));
  writeFileSync(STAMP, TRANSPILED + newest);
}

function stamp() {
  return existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;
}

/** Names how many sources there are and when one last changed; a deleted file counts as a change too. */
function newestSource() {
  const times = globSync(SOURCES).map((file) => statSync(file).mtimeMs);
  return `${times.length} ${Math.max(...times)}`;
}
