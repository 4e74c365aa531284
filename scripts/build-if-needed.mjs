import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';

const SOURCES = ['src/**/*', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'];
/** Written last, so that an interrupted build does not count. */
const STAMP = 'dist/.built';

/** Builds `dist` unless it was built from these very sources. */
export function buildIfNeeded() {
  const newest = newestSource();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === newest) return;
  process.stderr.write('Building …\n');
  build();
}

/** Builds `dist` anew. */
export function build() {
  const newest = newestSource();
  execFileSync(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build'], { stdio: ['ignore', 2, 2] });
  writeFileSync(STAMP, newest);
}

/** Names how many sources there are and when one last changed; a deleted file counts as a change too. */
function newestSource() {
  const times = globSync(SOURCES).map((file) => statSync(file).mtimeMs);
  return `${times.length} ${Math.max(...times)}`;
}
