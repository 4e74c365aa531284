// npm run import, seed, …: builds what has changed, then runs the command of that name from dist/cli.
import { buildForStart } from './build-if-needed.mjs';

const [node, , command, ...args] = process.argv;
try {
  await buildForStart();
} catch {
  // The compiler has said why.
  process.exit(1);
}
const program = new URL(`../dist/cli/${command}.js`, import.meta.url);
process.argv = [node, program.pathname, ...args];
await import(program.href);
