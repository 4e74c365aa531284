import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = [process.env.CHROMIUM_PATH ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== '' && existsSync(path),
);
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium. @returns undefined where there is none, and says on standard error what is therefore not tested. */
export async function launchChromium(what: string): Promise<Browser | undefined> {
  if (PATH) return chromium.launch({ executablePath: PATH, args: ARGUMENTS });
  process.stderr.write(`${what} not tested in a browser: no Chromium at /usr/bin/chromium or CHROMIUM_PATH.\n`);
  return undefined;
}
