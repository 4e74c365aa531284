import { transformSync } from '@swc/core';

const OPTIONS = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  sourceMaps: true,
  swcrc: false,
};

/** What Jest keeps compiled files by. */
export const COMPILER = JSON.stringify(OPTIONS);

/** Compiles TypeScript to modules of a kind (`es6`, `commonjs`). @returns code and source map. */
export function compile(source, filename, kind) {
  return transformSync(source, { ...OPTIONS, module: { type: kind }, filename });
}
