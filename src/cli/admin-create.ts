import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { AdminBootstrap, AdminBootstrapError } from '../auth/admin-bootstrap.service.js';
import { createContext } from '../app.setup.js';
import { command, withContext } from './command.js';

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

await command(
  {
    usage: USAGE,
    options: { email: { type: 'string' } },
    failure: 'The admin could not be created',
    foreseen: [AdminBootstrapError],
  },
  (values) =>
    withContext(createContext, async (context, { admin, environment }) => {
      // A pair that was made up for development is the first admin's, and not what the caller asked for.
      const given = admin ? undefined : environment;
      const email = values.email ?? given?.ADMIN_EMAIL ?? (await ask('E-mail address: ', false));
      const password = given?.ADMIN_PASSWORD ?? (await ask('Password: ', true));
      const created = await context.get(AdminBootstrap, { strict: false }).create(email, password);
      process.stdout.write(`Admin created: ${created?.email ?? email}\n`);
    }),
);
