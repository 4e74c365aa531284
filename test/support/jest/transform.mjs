// Hands test files, and what is beside them below `test`, to the environment, which runs them outside Jest's sandbox.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { COMPILER, compile } from '../../../scripts/compiler.mjs';

const OWN_CODE = readFileSync(new URL(import.meta.url), 'utf8');

export default {
  process(source, filename) {
    const { code, map } = compile(source, filename, 'commonjs');
    return {
      code: `globalThis[Symbol.for('run outside')](${JSON.stringify(code)}, { exports, require, module, __dirname, __filename, jest });`,
      map,
    };
  },

  getCacheKey(source, filename) {
    return createHash('sha1').update([OWN_CODE, COMPILER, filename, source].join('\0')).digest('hex');
  },
};
