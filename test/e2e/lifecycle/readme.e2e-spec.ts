import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { makeFolder, removeFolder, StorehouseProcess } from './storehouse-process.js';

/** Where each command of README.md outside the tour is run. The tour itself is run below. */
const RUN_ELSEWHERE: Record<string, string> = {
  'npm ci && npm start': '.ci/run',
  'npm ci && npm test': '.ci/run',
  'npm run build': '.ci/run',
  'node scripts/make-secrets.mjs >> .env': '.ci/run',
  'node dist/start/migrate.js': '.ci/run, production.e2e-spec.ts',
  'NODE_ENV=production ROLE=api node dist/main.js': '.ci/run, production.e2e-spec.ts',
  'NODE_ENV=production ROLE=worker node dist/main.js': '.ci/run, production.e2e-spec.ts',
  'npm run import -- products catalogue.ndjson': '.ci/run',
  'npx nest g feature reviews --fields "productId:ref(products)! rating:int{1..5} body:text?" --owner user':
    '.ci/generated.mjs',
};
const TOUR = '## A five-minute tour';

interface Section {
  title: string;
  blocks: string[];
}

jest.setTimeout(400_000);

describe('README.md', () => {
  let sections: Section[];

  beforeAll(async () => {
    const text = await readFile('README.md', 'utf8');
    sections = text.split(/^(?=## )/m).map((section) => ({
      title: section.split('\n', 1)[0]!,
      blocks: [...section.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block!),
    }));
  });

  it('holds no command outside the tour that nothing runs', () => {
    const commands = sections
      .filter(({ title }) => title !== TOUR)
      .flatMap(({ blocks }) => blocks.flatMap((block) => block.trim().split('\n')));
    expect(commands.sort()).toEqual(Object.keys(RUN_ELSEWHERE).sort());
  });

  it('leads on a tour from registering to the mail, in which every command does what it says', async () => {
    const folder = await makeFolder();
    const app = await StorehouseProcess.spawn(folder, { DEMO_CATALOGUE: 'true', LOG_LEVEL: 'warn' }).ready();
    try {
      const blocks = sections.find(({ title }) => title === TOUR)!.blocks;
      const marked = blocks
        .map((block) => block.replaceAll('http://localhost:3000', app.url))
        .join('\necho "=== next"\n');
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', marked], { timeout: 300_000 });
      const [, registered, proven, found, ordered, paid, mailed] = stdout
        .split('=== next\n')
        .map((part) => part.trim());

      expect(JSON.parse(registered!)).toMatchObject({
        email: expect.stringMatching(/^shopper-\d+@example\.com$/),
        name: 'Ada',
      });
      expect(proven).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      const products = (JSON.parse(found!) as { data: { name: string; variants: { availability: string }[] }[] }).data;
      expect(products.length).toBeGreaterThan(0);
      expect(products[0]!.name).toMatch(/mug/i);
      expect(ordered).toMatch(/^idempotent-replayed: true$/i);
      const [payment, status] = paid!.split(/(?<=\})\s*(?=\w+$)/);
      expect(JSON.parse(payment!)).toMatchObject({ provider: 'fake', status: 'captured' });
      expect(status).toBe('confirmed');
      const { email } = JSON.parse(registered!) as { email: string };
      const subjects = (JSON.parse(mailed!) as { data: { to: string; subject: string }[] }).data;
      expect(subjects).toHaveLength(2);
      expect(subjects.map(({ to }) => to)).toEqual([email, email]);
      expect(app.stderr).toBe('');
    } finally {
      await app.end();
      await removeFolder(folder);
    }
  });
});
