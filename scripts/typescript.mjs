// Lets Node run the TypeScript of this repository as it stands, with no look at its types: node --import ./scripts/typescript.mjs <file>.
// Tests start dozens of such processes, so what was compiled is kept for the next one.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import module, { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILER, compile } from './compiler.mjs';

const KEPT = join(import.meta.dirname, '../node_modules/.cache/typescript');
/** Source maps by the address of the file; made when an error asks for them. */
const sourceMaps = new Map();

module.enableCompileCache();
module.registerHooks({
  resolve(specifier, context, next) {
    const isSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
  },
});
const formatStack = Error.prepareStackTrace ?? ((error, frames) => [error, ...frames].join('\n    at '));
Error.prepareStackTrace = (error, frames) => inSources(formatStack(error, frames));

/** Says of each place in compiled code where it is in the source. */
export function inSources(stack) {
  return stack.replace(/(file:\/\/\/\S+?):(\d+):(\d+)/g, (_, url, line, column) => {
    const entry = url.endsWith('.ts') ? sourceMapOf(url).findEntry(line - 1, column - 1) : {};
    return [fileURLToPath(url), (entry.originalLine ?? line - 1) + 1, (entry.originalColumn ?? column - 1) + 1].join(
      ':',
    );
  });
}

function compiled(filename) {
  const source = readFileSync(filename, 'utf8');
  const kept = join(KEPT, `${createHash('sha1').update(COMPILER).update(source).digest('hex')}.js`);
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    const { code } = compile(source, filename, 'es6');
    keep(kept, code);
    return code;
  }
}

/** Whole or not at all, as others read and write at the same time; where nothing can be written, nothing is kept. */
function keep(path, code) {
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // The next process compiles it again.
  }
}

function sourceMapOf(url) {
  if (!sourceMaps.has(url)) {
    const filename = fileURLToPath(url);
    const { map } = compile(readFileSync(filename, 'utf8'), filename, 'es6');
    sourceMaps.set(url, new SourceMap(JSON.parse(map)));
  }
  return sourceMaps.get(url);
}
