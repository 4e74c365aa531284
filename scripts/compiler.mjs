import { createRequire } from 'node:module';
import { swcOptions } from './swc-options.mjs';

const require = createRequire(import.meta.url);

/** What compiled files are kept by: another compiler, or other options, may make another file of the same source. */
export const COMPILER = JSON.stringify([require('@swc/core/package.json').version, swcOptions]);

/** Compiles TypeScript to modules of a kind (`es6`, `commonjs`). @returns code and source map. */
export function compile(source, filename, kind) {
  // Loaded when there is something to compile, which takes longer than to read what was.
  const { transformSync } = require('@swc/core');
  return transformSync(source, { ...swcOptions, sourceMaps: true, module: { type: kind }, filename });
}
