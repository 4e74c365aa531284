import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { findAsset } from '../../common/assets.js';
import type { ImportCounts, ImportPace } from './import-counts.js';
import type { ImportRun } from './import-run.entity.js';
import { ImportFailedError } from './import.errors.js';
import { type CatalogueFigures, ImportRepository, type RunIdentity } from './import.repository.js';
import type { Mapping } from './mappings/mapping.js';
import { StagedMerge } from './merging/staged-merge.service.js';
import { SourceFile } from './reading/source-file.js';
import { writeRejects } from './rejects-file.js';
import { RowStaging } from './row-staging.service.js';
import type { ProductFormat } from './rows/import-format.js';
import { MappedCategories } from './rows/mapped-categories.js';
import { MappedProducts } from './rows/mapped-products.js';
import { nativeProducts } from './rows/native-products.js';

/** What to import and how. */
export interface ImportOptions extends Partial<ImportPace> {
  readonly kind: 'products' | 'categories';
  readonly path: string;
  /** Without one the file is in Storehouse's own format. */
  readonly mapping?: Mapping;
  /** Starts over although an earlier run of the same file has stopped half-way. */
  readonly isFresh?: boolean;
  /** Where refused rows go; without it they are only counted. */
  readonly rejectsPath?: string;
}

/** What an import did. */
export interface ImportResult {
  readonly runId: string;
  readonly mapping: string;
  /** An earlier run of the same file had stopped half-way, and this one went on from there. */
  readonly isResumed: boolean;
  readonly counts: ImportCounts;
  /** All that is in the catalogue from this mapping, whichever run imported it. */
  readonly catalogue: CatalogueFigures;
  /** The file of refused rows; null when nothing was refused. */
  readonly rejectsPath: string | null;
}

const DEFAULT_BATCH = 2_000;
/** Fewer rows than these hardly change what the planner knows of the catalogue. */
const ANALYZE_FROM_ROWS = 1_000;

/**
 * Imports products or categories from a file of any size.
 *
 * Rows are read, checked and staged in the database first, and merged into the catalogue afterwards; both in chunks, each in one
 * transaction that also notes how far the run has come. A run that was killed goes on from its last chunk, and repeating one changes nothing.
 */
@Injectable()
export class ImportService {
  constructor(
    private readonly imports: ImportRepository,
    private readonly staging: RowStaging,
    private readonly merging: StagedMerge,
  ) {}

  /**
   * Imports one file. Waits while another import runs on the same database.
   *
   * @throws ImportFailedError when the file cannot be read or does not fit the mapping. What was merged by then stays, and the next run of
   * the same file goes on from there.
   */
  async run(options: ImportOptions): Promise<ImportResult> {
    const onWait = (): void => options.onProgress?.({ phase: 'waiting' });
    return this.imports.exclusively(() => this.runAlone(options), onWait);
  }

  /**
   * Loads the products of a small shop that come with Storehouse, so that a first start has something to show, if there is no product at
   * all. Processes that start together take turns, and the later ones find it there.
   *
   * @returns how many products were loaded; 0 when there are products, or the demo catalogue does not come with this installation.
   */
  async loadDemoCatalogue(): Promise<number> {
    const path = findAsset('demo-catalogue.ndjson');
    if (path === undefined) return 0;
    return this.imports.exclusively(async () => {
      if (await this.imports.hasProducts()) return 0;
      return (await this.runAlone({ kind: 'products', path })).counts.products.created;
    });
  }

  private async runAlone(options: ImportOptions): Promise<ImportResult> {
    const format = formatFor(options);
    const file = await SourceFile.open(options.path);
    assertFormat(file, options);
    const identity = await identityOf(file, options, format.name);
    const earlier = options.isFresh ? null : await this.imports.findUnfinished(identity.fingerprint);
    const run = earlier ?? (await this.imports.start(identity));
    await this.imports.forgetOthers(run);
    try {
      const counts = await this.work(run, file, format, options);
      const rejectsPath = counts.listed > 0 ? (options.rejectsPath ?? null) : null;
      if (rejectsPath !== null) await writeRejects(rejectsPath, this.imports.rejects(run.id));
      // One of an earlier import would be taken for that of this one.
      else if (options.rejectsPath) await rm(options.rejectsPath, { force: true });
      await this.imports.clear([run.id]);
      await this.imports.close(run.id, 'succeeded');
      return {
        runId: run.id,
        mapping: format.name,
        isResumed: earlier !== null,
        counts,
        catalogue: await this.imports.figuresOf(`${format.name}:`),
        rejectsPath,
      };
    } catch (error) {
      // The failure to tell is the import's, and not that of noting it.
      await this.imports.close(run.id, 'failed').catch(() => undefined);
      throw error;
    }
  }

  private async work(
    run: ImportRun,
    file: SourceFile,
    format: ProductFormat | MappedCategories,
    options: ImportOptions,
  ): Promise<ImportCounts> {
    const { mapping, batch = DEFAULT_BATCH, onProgress } = options;
    let { counts } = run;
    if (run.phase === 'reading') {
      counts = await this.staging.stage(run, file, { reader: format, mapping, batch, onProgress });
      await this.imports.analyze('staging');
    }
    counts = await (format instanceof MappedCategories
      ? this.merging.mergeCategories(run, counts, format, { batch, onProgress })
      : this.merging.mergeProducts(run, counts, format, { batch, onProgress }));
    if (counts.accepted >= ANALYZE_FROM_ROWS) await this.imports.analyze('catalogue');
    return counts;
  }
}

function formatFor({ kind, mapping }: ImportOptions): ProductFormat | MappedCategories {
  if (mapping && mapping.kind !== kind)
    throw new ImportFailedError(`The mapping ${mapping.name} is for ${mapping.kind}, not for ${kind}.`);
  if (mapping?.kind === 'categories') return new MappedCategories(mapping);
  if (mapping?.kind === 'products') return new MappedProducts(mapping);
  if (kind === 'categories')
    throw new ImportFailedError(
      'Categories need a mapping; the native format brings its categories with its products.',
    );
  return nativeProducts;
}

function assertFormat(file: SourceFile, { mapping }: ImportOptions): void {
  const wanted = mapping?.format ?? 'ndjson';
  if (file.format === wanted) return;
  const reader = mapping ? `the mapping ${mapping.name} reads` : 'without a mapping it must be';
  throw new ImportFailedError(`${file.path} is ${file.format}, but ${reader} ${wanted}.`);
}

/** A run is the same as an earlier one when file, kind and mapping are equal to the last byte. */
async function identityOf(
  file: SourceFile,
  { kind, path, mapping }: ImportOptions,
  name: string,
): Promise<RunIdentity> {
  const parts = [await file.fingerprint(), kind, JSON.stringify(mapping ?? name)];
  return {
    kind,
    source: path,
    mapping: name,
    fingerprint: createHash('sha256').update(parts.join('\n')).digest('hex'),
  };
}
