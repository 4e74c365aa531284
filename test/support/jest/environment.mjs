// Jest gives every test file a sandbox with modules of its own: loading Nest, TypeORM and the sources anew costs seconds for each.
// So the sandbox holds Jest only. Tests run outside it, in the world of their Jest worker, where Node loads
// the sources and the packages once; what lies below `test` is still loaded anew for each file. The price: `jest.mock` has no effect.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { Redis } from 'ioredis';
import { TestEnvironment } from 'jest-environment-node';
import { renewTestDatabase, testDatabaseUrl } from '../../../scripts/test-databases.mjs';
import { inSources } from '../../../scripts/typescript.mjs';

const TESTS = fileURLToPath(new URL('../../', import.meta.url));
const GLOBALS = ['describe', 'it', 'test', 'expect', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach'];
/** What `expect.any` knows by name, so that `expect`, which stays in the sandbox, and the tests mean the same. */
const NAMED_BY_EXPECT = ['Array', 'BigInt', 'Boolean', 'Function', 'Number', 'Object', 'String', 'Symbol'];

const workerConsole = globalThis.console;

const worker = Number(process.env.JEST_WORKER_ID ?? 1);
process.env.DATABASE_URL = testDatabaseUrl(process.env.TEST_DATABASE_URL, worker);
process.env.REDIS_URL = new URL(`/${worker % 16}`, process.env.TEST_REDIS_URL).href;

export default class WorkerEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.needsServers = config.projectConfig.displayName.name !== 'unit';
    for (const name of NAMED_BY_EXPECT) this.global[name] = globalThis[name];
    this.global[Symbol.for('run outside')] = (code, given) => {
      const scope = { ...given, require: requireFrom(given.__filename, given.require) };
      for (const name of GLOBALS) scope[name] = this.global[name];
      compileFunction(code, Object.keys(scope), { filename: given.__filename }).apply(
        given.exports,
        Object.values(scope),
      );
    };
  }

  async setup() {
    await super.setup();
    // Which file comes before which is chance, so none finds what another has left.
    if (this.needsServers) await Promise.all([renewTestDatabase(process.env.TEST_DATABASE_URL, worker), emptyRedis()]);
    globalThis.console = this.global.console;
    const formatStack = (this.formatStack = Error.prepareStackTrace);
    Error.prepareStackTrace = (error, frames) => inSources(formatStack(error, frames));
  }

  async teardown() {
    globalThis.console = workerConsole;
    Error.prepareStackTrace = this.formatStack;
    this.moduleMocker.restoreAllMocks();
    await super.teardown();
  }
}

async function emptyRedis() {
  const redis = new Redis(process.env.REDIS_URL);
  await redis.flushdb();
  await redis.quit();
}

/** Jest's `require` for Jest itself and what lies below `test`, and Node's for everything else. */
function requireFrom(filename, jestRequire) {
  const nodeRequire = createRequire(filename);
  const isJests = (name) =>
    name === '@jest/globals' || (name.startsWith('.') && resolve(filename, '..', name).startsWith(TESTS));
  return Object.assign((name) => (isJests(name) ? jestRequire : nodeRequire)(name), { resolve: nodeRequire.resolve });
}
