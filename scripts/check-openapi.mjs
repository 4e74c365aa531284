// Fails when openapi.json is not what the code gives, or when redocly finds fault with it; `--write` brings it up to date.
import { spawnSync } from 'node:child_process';
import { buildIfNeeded } from './build-if-needed.mjs';
import { isUpToDate, OPENAPI_FILE, openApiText, writeOpenApi } from './openapi.mjs';

await buildIfNeeded();
const text = await openApiText();
if (process.argv.includes('--write')) {
  writeOpenApi(text);
} else if (!isUpToDate(text)) {
  console.error(`${OPENAPI_FILE} is not what the code gives; run \`npm run openapi\` and commit the file.`);
  process.exit(1);
}
process.exit(lint());

/** Nothing leaves the machine: no news of newer versions, no telemetry. */
function lint() {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/@redocly/cli/bin/cli.js', 'lint', '--extends=recommended-strict', '--format=stylish', OPENAPI_FILE],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
        CI: 'true',
        NO_COLOR: '1',
      },
    },
  );
  if (status !== 0) process.stderr.write(stdout + stderr);
  return status ?? 1;
}
