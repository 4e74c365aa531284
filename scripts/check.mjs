// npm run check: everything that can be wrong without a test failing. Prints one table; what failed is printed in full above it.
import { spawn } from 'node:child_process';
import { buildIfNeeded } from './build-if-needed.mjs';

const SWC = ['--import', './scripts/typescript.mjs'];
const STEPS = [
  [
    'lint',
    bin(
      'eslint/bin/eslint.js',
      '--max-warnings',
      '0',
      '--cache',
      '--cache-location',
      'node_modules/.cache/eslint/',
      '.',
    ),
  ],
  ['types', bin('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')],
  ['format', bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')],
  ['migration drift', [...SWC, 'scripts/check-migrations.mjs']],
  ['architecture', bin('dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.cjs', 'src')],
  ['OpenAPI drift', ['scripts/check-openapi.mjs']],
  ['mail templates', ['scripts/mail-templates.mjs', '--check']],
];
/** Two cores are what every machine has. */
const AT_ONCE = 2;

const begin = performance.now();
try {
  await buildIfNeeded();
} catch {
  // The compiler has said why.
  process.exit(1);
}

const results = new Map();
const queue = [...STEPS];
await Promise.all(Array.from({ length: AT_ONCE }, worker));
report();

async function worker() {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const [name, args] = step;
    const result = await run(args);
    results.set(name, result);
    if (result.status !== 0) process.stdout.write(`\n── ${name}\n${result.output}\n`);
  }
}

function run(args) {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: 1, output: String(error), seconds: 0 }));
    child.once('close', (code) =>
      resolve({ status: code ?? 1, output, seconds: (performance.now() - started) / 1000 }),
    );
  });
}

function report() {
  console.log();
  for (const [name] of STEPS) {
    const { status, seconds } = results.get(name);
    console.log(`${status === 0 ? 'passed' : 'FAILED'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const failed = [...results.values()].filter(({ status }) => status !== 0).length;
  console.log(
    `\n${STEPS.length - failed} checks passed, ${failed} failed in ${((performance.now() - begin) / 1000).toFixed(1)} s`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

function bin(file, ...args) {
  return [`node_modules/${file}`, ...args];
}
