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

/** For whatever a page is to show; a browser may be slow. */
const PATIENCE_MS = 120_000;

/** Starts Chromium. @returns undefined where there is none, and says on standard error what is therefore not tested. */
export async function launchChromium(what: string): Promise<Browser | undefined> {
  if (!PATH) {
    process.stderr.write(`${what} not tested in a browser: no Chromium at /usr/bin/chromium or CHROMIUM_PATH.\n`);
    return undefined;
  }
  const browser = await chromium.launch({ executablePath: PATH, args: ARGUMENTS, timeout: PATIENCE_MS });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  browser.newPage = async (options) => (await browser.newContext(options)).newPage();
  return browser;
}
