import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { AdminBootstrap, AdminBootstrapError } from '../auth/admin-bootstrap.service.js';
import { createContext } from '../app.setup.js';
import { InvalidEnvironmentError } from '../config/environment.js';
import { migrate } from '../database/schema.js';
import { prepareEnvironment } from '../start/prepare-environment.js';

const USAGE = `npm run admin:create -- [--email <address>]

Makes an account with the role admin. The address is taken from --email, ADMIN_EMAIL or the terminal; the password from
ADMIN_PASSWORD or the terminal (or a pipe), never from an argument, which other users of the machine could read.
`;

/** Asks on the terminal, or reads the next line of a pipe; `isSecret` shows nothing of what is typed. */
async function ask(question: string, isSecret: boolean): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({
    input: process.stdin,
    output: isSecret ? silent : process.stderr,
    terminal: isTerminal,
  });
  try {
    for await (const line of terminal) return line;
    return '';
  } finally {
    terminal.close();
    if (isTerminal && isSecret) process.stderr.write('\n');
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { email: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  // Only the account is made here: no HTTP, no jobs, and no news unless something is wrong.
  process.env.ROLE = 'api';
  process.env.LOG_LEVEL ??= 'warn';
  const prepared = await prepareEnvironment({ attach: true });
  try {
    const { environment } = prepared;
    // A pair that was made up for development is the first admin's, and not what the caller asked for.
    const given = prepared.admin ? undefined : environment;
    const email = values.email ?? given?.ADMIN_EMAIL ?? (await ask('E-mail address: ', false));
    const password = given?.ADMIN_PASSWORD ?? (await ask('Password: ', true));
    if (!environment.isProduction) await migrate(environment.DATABASE_URL);
    const context = await createContext(environment);
    try {
      const admin = await context.get(AdminBootstrap, { strict: false }).create(email, password);
      process.stdout.write(`Admin created: ${admin?.email ?? email}\n`);
    } finally {
      await context.close();
    }
  } finally {
    await prepared.stop();
  }
}

try {
  await main();
} catch (error) {
  const isComplete = error instanceof AdminBootstrapError || error instanceof InvalidEnvironmentError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(isComplete ? `${message}\n` : `The admin could not be created: ${message}\n`);
  process.exitCode = 1;
}
