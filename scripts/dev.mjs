// npm run dev: rebuilds on every change and restarts the application after each build without errors.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithNpm } from './end-with-npm.mjs';

endWithNpm();

/** A child notices by its closed channel that this process is gone, however it went, and ends as if it had been told to. */
const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent("process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))")}`;

const compiler = spawnNode(
  ['node_modules/@nestjs/cli/bin/nest.js', 'build', '--watch', '--preserveWatchOutput'],
  'pipe',
);
let application;
let restarting = Promise.resolve();
let isStopping = false;

compiler.stdout.setEncoding('utf8');
compiler.stdout.on('data', (text) => {
  process.stderr.write(text);
  if (text.includes('Found 0 errors')) restarting = restarting.then(restart);
});
compiler.on('exit', () => void stop());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop());

async function restart() {
  await end(application);
  if (isStopping) return;
  application = spawnNode(['dist/main.js'], 'inherit');
}

async function stop() {
  if (isStopping) return;
  isStopping = true;
  await restarting;
  await Promise.all([end(application), end(compiler)]);
  process.exit(0);
}

async function end(child) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function spawnNode(args, stdout) {
  return spawn(process.execPath, ['--import', END_WITH_PARENT, ...args], {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  });
}
