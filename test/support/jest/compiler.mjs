import { transformSync } from '@swc/core';
import { swcOptions } from '../../../scripts/swc-options.mjs';

const OPTIONS = { ...swcOptions, sourceMaps: true };

/** What Jest keeps compiled files by. */
export const COMPILER = JSON.stringify(OPTIONS);

/** Compiles TypeScript to modules of a kind (`es6`, `commonjs`). @returns code and source map. */
export function compile(source, filename, kind) {
  return transformSync(source, { ...OPTIONS, module: { type: kind }, filename });
}
