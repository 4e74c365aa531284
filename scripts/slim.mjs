// After `npm ci --omit=dev`: leaves out what npm has to install but no server runs. After `npm ci`: teaches `nest g` our own generators.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const omitted = (process.env.npm_config_omit ?? '').split(/[\s,]+/);
if (omitted.includes('dev')) {
  // npm keeps the compiler because it is also an optional peer of @nestjs/swagger, which needs it only to build.
  rmSync('node_modules/typescript', { recursive: true, force: true });
  for (const link of ['tsc', 'tsserver']) rmSync(`node_modules/.bin/${link}`, { force: true });
  // Recorded tests that a dependency of prom-client ships.
  rmSync('node_modules/bintrees/test', { recursive: true, force: true });
  // The other of the two copies of itself that it comes with.
  rmSync('node_modules/stripe/esm', { recursive: true, force: true });
  // For registries of schemas, which the client of Kafka is not asked for, and for compilers of another age.
  for (const spared of ['protobufjs', '@platformatic/kafka/dist/typescript-4'])
    rmSync(`node_modules/${spared}`, { recursive: true, force: true });
  // Builds for browsers, and fonts that nothing is written in.
  const spare =
    /^pdfkit.js.pdfkit\.(browser|standalone|old)|^fontkit.dist.browser|^dejavu-fonts-ttf.(?!.*SansCondensed(-Bold)?\.ttf$).*\.(ttf|txt|conf)$/;
  // Source maps of dependencies are a third of the tree, and only compilers read declarations.
  for (const file of readdirSync('node_modules', { recursive: true })) {
    if (/\.map$|\.d\.[cm]?ts$/.test(file) || spare.test(file)) rmSync(join('node_modules', file), { force: true });
  }
} else {
  await import('../schematics/cli/link.mjs');
}
