import { strFromU8, unzipSync } from 'fflate';
import { ExportArchive, jsonText } from './export-archive.js';

async function archiveOf(members: Record<string, unknown>): Promise<Record<string, string>> {
  const pieces: Uint8Array[] = [];
  const archive = new ExportArchive(
    (bytes) => Promise.resolve(void pieces.push(bytes)),
    new Date('2026-01-15T09:30:00Z'),
  );
  for (const [name, value] of Object.entries(members)) await archive.add(name, jsonText(value));
  await archive.end();
  const files = unzipSync(Buffer.concat(pieces));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

async function* count(rows: number): AsyncIterable<{ row: number; text: string }> {
  for (let row = 0; row < rows; row++) yield await Promise.resolve({ row, text: `Zoë ${'x'.repeat(row % 100)}` });
}

describe('ExportArchive', () => {
  it('holds every member as it was, in any script', async () => {
    const files = await archiveOf({ 'a.json': { name: 'Zoë 李小龙 🦦' }, 'b.json': [1, null] });
    expect(Object.keys(files)).toEqual(['a.json', 'b.json']);
    expect(JSON.parse(files['a.json']!)).toEqual({ name: 'Zoë 李小龙 🦦' });
    expect(JSON.parse(files['b.json']!)).toEqual([1, null]);
  });

  it.each([0, 1, 5_000])('writes %i rows that come one by one as an array', async (rows) => {
    const { 'rows.json': text } = await archiveOf({ 'rows.json': count(rows) });
    const parsed = JSON.parse(text!) as { row: number }[];
    expect(parsed.map(({ row }) => row)).toEqual(Array.from({ length: rows }, (_, row) => row));
  });

  it('hands bytes on while rows still come, instead of keeping them', async () => {
    let written = 0;
    const archive = new ExportArchive((bytes) => Promise.resolve(void (written += bytes.length)), new Date());
    const seen: number[] = [];
    await archive.add(
      'rows.json',
      (async function* () {
        for await (const part of jsonText(count(20_000))) {
          seen.push(written);
          yield part;
        }
      })(),
    );
    await archive.end();
    expect(seen.at(-1)).toBeGreaterThan(0);
    expect(written - seen.at(-1)!).toBeLessThan(written / 2);
  });
});
