import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { buildUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

/** Runs the command from its source, on the servers of the tests. */
async function run(args: string[], input: string): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'src/cli/admin-create.ts', ...args], {
    env: { ...process.env, DATA_DIR: process.env.TEST_DATA_DIR, ADMIN_EMAIL: '', ADMIN_PASSWORD: '' },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stdin.end(input);
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, err };
}

describe('npm run admin:create', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('makes an admin who can sign in, with the password from a pipe', async () => {
    const { email } = buildUser();
    expect(await run(['--email', email], `${TEST_PASSWORD}\n`)).toEqual({
      status: 0,
      out: `Admin created: ${email}\n`,
      err: '',
    });
    const login = await app.post('/auth/login', { email, password: TEST_PASSWORD });
    expect(login.json().user.roles).toEqual(['admin']);
  });

  it('says why it does not: a weak password', async () => {
    const { status, out, err } = await run(['--email', buildUser().email], 'weak\n');
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain('must be at least 15 characters long');
  });
});
