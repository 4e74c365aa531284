import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ImportProgress } from '../../../src/products/import/import-counts.js';
import type { ProductMapping } from '../../../src/products/import/mappings/mapping.js';
import { knownMappings } from '../../../src/products/import/mappings/parse-mapping.js';
import type { ImportResult } from '../../../src/products/import/import.service.js';
import { eventually } from '../../support/test-worker.js';
import { ImportBench } from './import-bench.js';

const ROWS = 60;
const BATCH = 10;

/** Rows of three kinds: several of one product, one of their own, and some that are refused while reading or merging. */
const rows = Array.from({ length: ROWS }, (_, index) => ({
  category: `shelf ${index % 4}`,
  name: index % 3 === 0 ? 'Common' : index === 40 ? 'x'.repeat(350) : `Part ${index}`,
  price: index === 25 ? -1 : index / 4,
  size: index % 5,
}));

class Interruption extends Error {}

describe('an interrupted import', () => {
  let bench: ImportBench;
  let path: string;
  let expected: { content: unknown; counts: unknown; rejects: unknown };
  let states: ImportProgress[];

  const mapping = knownMappings()['pc-parts'] as ProductMapping;
  const run = async (onProgress?: (progress: ImportProgress) => void) => {
    const rejectsPath = `${path}.rejects.ndjson`;
    const result = await bench.import(path, mapping, { batch: BATCH, onProgress, rejectsPath });
    return { result, rejects: await readFile(rejectsPath, 'utf8') };
  };
  /** Stops the import after so many chunks, as a kill between two transactions does. */
  const interruptAfter = async (chunks: number): Promise<void> => {
    let seen = 0;
    const stop = (): void => {
      if (++seen === chunks) throw new Interruption();
    };
    await expect(run(stop)).rejects.toThrow(Interruption);
  };
  const expectSameEnd = async ({ result, rejects }: Awaited<ReturnType<typeof run>>): Promise<void> => {
    expect({ content: await bench.content(), counts: result.counts, rejects }).toEqual(expected);
    expect(await bench.leftovers()).toBe(0);
  };

  const untilSomebodyWaitsForALock = async (): Promise<void> => {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO products%'`;
    while ((await bench.query(waiting)).length === 0) await sleep(10);
  };

  beforeAll(async () => {
    bench = await ImportBench.start();
    path = await bench.ndjson('parts.ndjson', rows);
    states = [];
    const { result, rejects } = await run((state) => states.push(state));
    expected = { content: await bench.content(), counts: result.counts, rejects };
  });

  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  it('has something to refuse in both halves, and several chunks in each', () => {
    expect(expected.counts).toMatchObject({
      rows: ROWS,
      reasons: { price_negative: { refused: 1 }, out_of_limits: { refused: 1 } },
    });
    expect(states.filter(({ phase }) => phase === 'reading').length).toBeGreaterThan(5);
    expect(states.filter(({ phase }) => phase === 'merging').length).toBeGreaterThan(3);
  });

  it('goes on after any chunk and ends as if nothing had happened', async () => {
    for (let chunks = 1; chunks < states.length; chunks++) {
      await bench.reset();
      await interruptAfter(chunks);
      const resumed = await run();
      expect(resumed.result.isResumed).toBe(true);
      await expectSameEnd(resumed);
    }
  });

  it('goes on when it is interrupted in every chunk', async () => {
    for (let attempt = 1; attempt < states.length; attempt++) await interruptAfter(1);
    await expectSameEnd(await run());
  });

  it('does no chunk twice: a resumed run reads on behind its checkpoint', async () => {
    await interruptAfter(3);
    const [before] = await bench.query<{ lines: number }>('SELECT lines_done::int AS lines FROM import_runs');
    expect(before!.lines).toBe(30);
    const seen: number[] = [];
    await run((state) => state.phase === 'reading' && seen.push(state.counts.rows));
    expect(seen).toEqual([40, 50, 60, 60]);
  });

  it('starts over when it is told to, when file or mapping have changed, and when PostgreSQL has lost the staged rows', async () => {
    await interruptAfter(3);
    expect((await bench.import(path, mapping, { isFresh: true })).isResumed).toBe(false);
    await bench.reset();

    await interruptAfter(3);
    const changed = { ...mapping, variant: { ...mapping.variant, onHand: 1 } };
    expect((await bench.import(path, changed)).isResumed).toBe(false);
    await bench.reset();

    await interruptAfter(3);
    await bench.ndjson('parts.ndjson', [...rows, { category: 'shelf', name: 'New', price: 1 }]);
    expect((await bench.import(path, mapping)).isResumed).toBe(false);
    expect(await bench.leftovers()).toBe(0);
    await bench.ndjson('parts.ndjson', rows);
    await bench.reset();

    await interruptAfter(states.length - 1);
    await bench.query('TRUNCATE import_rows, import_rejects');
    const restarted = await run();
    expect(restarted.result.isResumed).toBe(false);
    expect(await bench.content()).toEqual(expected.content);
  });

  it('lists unknown children once although it was interrupted behind them', async () => {
    const id = 'root';
    const tree = await bench.ndjson('tree.ndjson', [
      { id, name: 'Root', path: [{ id }], subCategories: [{ id: 'gone' }] },
    ]);
    const importTree = (rejectsPath: string) =>
      bench.import(tree, knownMappings()['best-buy-categories'], { rejectsPath });
    await expect(importTree(join(bench.folder, 'no', 'such', 'folder'))).rejects.toThrow('ENOENT');
    const { isResumed, counts, rejectsPath } = await importTree(join(bench.folder, 'tree.rejects'));
    expect(isResumed).toBe(true);
    expect(counts).toMatchObject({ listed: 1, references: { unknown_child: 1 }, categories: { created: 1 } });
    expect((await readFile(rejectsPath!, 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  it('rolls a chunk back whole when the database fails inside it, and goes on from the chunk before', async () => {
    await bench.query(`CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.sku LIKE '%-15' THEN RAISE EXCEPTION 'the disk is full'; END IF; RETURN NEW; END $$`);
    await bench.query('CREATE TRIGGER fail_once BEFORE INSERT ON variants FOR EACH ROW EXECUTE FUNCTION fail_once()');
    try {
      const repeated = await bench.ndjson(
        'repeats.ndjson',
        Array.from({ length: 40 }, (_, index) => ({ category: 'c', name: index < 20 ? `A ${index}` : 'B', price: 1 })),
      );
      await expect(bench.import(repeated, mapping, { batch: BATCH })).rejects.toThrow('the disk is full');
      expect(await bench.query('SELECT count(*)::int AS count FROM products')).toEqual([{ count: 20 }]);
      expect(await bench.query('SELECT status, phase FROM import_runs')).toEqual([
        { status: 'failed', phase: 'merging' },
      ]);
      await bench.query('DROP TRIGGER fail_once ON variants');
      const { isResumed, counts } = await bench.import(repeated, mapping, { batch: BATCH });
      expect(isResumed).toBe(true);
      expect(counts).toMatchObject({ products: { created: 21 }, variants: { created: 40 } });
    } finally {
      await bench.query('DROP FUNCTION fail_once CASCADE');
    }
  });

  it('looks again when somebody takes a slug between its look and its write', async () => {
    const staff = new pg.Client({ connectionString: bench.databaseUrl });
    await staff.connect();
    try {
      await staff.query('BEGIN');
      await staff.query(`INSERT INTO products (id, slug, name) VALUES (gen_random_uuid(), 'part-1', 'Part 1 by hand')`);
      const importing = run();
      await untilSomebodyWaitsForALock();
      await staff.query('COMMIT');
      await importing;
    } finally {
      await staff.end();
    }
    const slugs = await bench.query<{ slug: string }>(
      `SELECT slug FROM products WHERE name LIKE 'Part 1%' AND name !~ '1[0-9]' ORDER BY slug`,
    );
    expect(slugs).toEqual([{ slug: 'part-1' }, { slug: expect.stringMatching(/^part-1-[0-9a-f]{6}$/) }]);
  });

  it('lets one of two imports wait for the other, and both see the same catalogue', async () => {
    const phases: string[] = [];
    let results: ImportResult[];
    const staff = new pg.Client({ connectionString: bench.databaseUrl });
    await staff.connect();
    try {
      // The first one gets no further until the other has come.
      await staff.query('BEGIN');
      await staff.query('LOCK TABLE import_runs');
      const importing = Promise.all(
        ['a', 'b'].map((name) =>
          bench.import(path, mapping, { onProgress: ({ phase }) => phases.push(`${name} ${phase}`) }),
        ),
      );
      await eventually(() => phases.some((phase) => phase.endsWith('waiting')));
      await staff.query('COMMIT');
      results = await importing;
    } finally {
      await staff.end();
    }
    const waited = phases.find((phase) => phase.endsWith('waiting'))!.charAt(0);
    const other = waited === 'a' ? 'b' : 'a';
    expect(phases.indexOf(`${waited} reading`)).toBeGreaterThan(phases.lastIndexOf(`${other} merging`));
    const [first, second] = other === 'a' ? results : results.toReversed();
    expect(first!.counts.products).toMatchObject({ created: 42, unchanged: 0 });
    expect(second!.counts.products).toEqual({ created: 0, updated: 0, unchanged: 42 });
    expect(await bench.content()).toEqual(expected.content);
  });
});
