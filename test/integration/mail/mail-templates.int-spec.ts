import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve('scripts/mail-templates.mjs');
const FOLDER = join('src', 'mail', 'templates');

describe('the compiled mail layouts', () => {
  let project: string;
  const run = (folder: string, ...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [SCRIPT, ...args], { cwd: folder, encoding: 'utf8' });

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'storehouse-layouts-'));
    await mkdir(join(project, FOLDER), { recursive: true });
    for (const file of ['.prettierrc.json', join(FOLDER, 'message.mjml'), join(FOLDER, 'compiled-layouts.ts')])
      await cp(file, join(project, file));
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  it('are what the layouts give', () => {
    expect(run('.', '--check').status).toBe(0);
  });

  it('fail the check when a layout has changed, until they are compiled anew', async () => {
    const layout = join(project, FOLDER, 'message.mjml');
    await writeFile(
      layout,
      (await readFile(layout, 'utf8')).replace('{{ signature }}', 'Best wishes, {{ signature }}'),
    );
    const refused = run(project, '--check');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/is not what the layouts give/);
    expect(run(project).status).toBe(0);
    expect(run(project, '--check').status).toBe(0);
    expect(await readFile(join(project, FOLDER, 'compiled-layouts.ts'), 'utf8')).toContain('Best wishes');
  });

  it('fail the check when they were edited', async () => {
    await appendFile(join(project, FOLDER, 'compiled-layouts.ts'), '\n// edited\n');
    expect(run(project, '--check').status).toBe(1);
  });

  it('are not written from a layout with a fault', async () => {
    await writeFile(join(project, FOLDER, 'message.mjml'), '<mjml><mj-body><mj-nothing /></mj-body></mjml>');
    const refused = run(project);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/mj-nothing/);
  });
});
