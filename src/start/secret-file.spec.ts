import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJson, readJson, replaceJson } from './secret-file.js';

describe('secret files', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storehouse-secret-'));
    file = join(folder, 'secrets.json');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('gives twenty simultaneous makers the one content that was kept, and leaves no draft', async () => {
    let made = 0;
    const contents = await Promise.all(Array.from({ length: 20 }, () => createJson(file, () => ({ made: ++made }))));
    const kept = await readJson(file);
    expect(contents).toEqual(Array.from({ length: 20 }, () => kept));
    expect(await readdir(folder)).toEqual(['secrets.json']);
  });

  it('can be read by the owner only, also after a replacement', async () => {
    await createJson(file, () => ({ n: 1 }));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await replaceJson(file, { n: 2 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await createJson(file, () => ({ n: 3 }))).toEqual({ n: 2 });
  });

  it('names a file that is damaged, instead of making a new secret', async () => {
    await writeFile(file, '{"n":');
    await expect(createJson(file, () => ({ n: 1 }))).rejects.toThrow(`${file} is not valid JSON`);
  });
});
