import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { findAsset } from '../../common/assets.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { ImportCounts, ImportPace } from './import-counts.js';
import type { ImportRun } from './import-run.entity.js';
import { ImportFailedError } from './import.errors.js';
import { type CatalogueFigures, ImportRepository, type RunIdentity } from './import.repository.js';
import type { Mapping, OrderMapping } from './mappings/mapping.js';
import { type PastOrderBooks, type PastOrderFigures, StagedMerge } from './merging/staged-merge.service.js';
import { SourceFile } from './reading/source-file.js';
import { writeRejects } from './rejects-file.js';
import { RowStaging } from './row-staging.service.js';
import type { ProductFormat, RowReader } from './rows/import-format.js';
import { MappedCategories } from './rows/mapped-categories.js';
import { MappedOrders } from './rows/mapped-orders.js';
import { MappedProducts } from './rows/mapped-products.js';
import { nativeProducts } from './rows/native-products.js';

interface FileOptions extends Partial<ImportPace> {
  readonly path: string;
  /** Starts over although an earlier run of the same file has stopped half-way. */
  readonly isFresh?: boolean;
  /** Where refused rows go; without it they are only counted. */
  readonly rejectsPath?: string;
}

/** What to import and how. */
export interface ImportOptions extends FileOptions {
  readonly kind: 'products' | 'categories';
  /** Without one the file is in Storehouse's own format. */
  readonly mapping?: Mapping;
}

/** Which orders of the past to import and how. */
export interface OrderImportOptions extends FileOptions {
  readonly mapping: OrderMapping;
  /** Says what would happen, and takes all of it back but the file of refused rows. */
  readonly isDryRun?: boolean;
}

/** What an import did. */
export interface ImportOutcome {
  readonly runId: string;
  readonly mapping: string;
  /** An earlier run of the same file had stopped half-way, and this one went on from there. */
  readonly isResumed: boolean;
  readonly counts: ImportCounts;
  /** The file of refused rows; null when nothing was refused. */
  readonly rejectsPath: string | null;
}

export interface OrderImportResult extends ImportOutcome {
  readonly isDryRun: boolean;
  /** All past orders under the prefix of the mapping, whichever run imported them. */
  readonly orders: PastOrderFigures;
}

export interface ImportResult extends ImportOutcome {
  /** All that is in the catalogue from this mapping, whichever run imported it. */
  readonly catalogue: CatalogueFigures;
}

/** One kind of import: how rows are read, and what becomes of them once they are staged. */
interface Work {
  readonly kind: ImportRun['kind'];
  readonly mapping?: Mapping;
  readonly format: RowReader;
  readonly tables: string;
  readonly merge: (run: ImportRun, counts: ImportCounts, pace: ImportPace) => Promise<ImportCounts>;
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
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Imports one file. Waits while another import runs on the same database.
   *
   * @throws ImportFailedError when the file cannot be read or does not fit the mapping. What was merged by then stays, and the next run of
   * the same file goes on from there.
   */
  async run(options: ImportOptions): Promise<ImportResult> {
    return this.imports.exclusively(() => this.importProducts(options), waitingFor(options));
  }

  /**
   * Imports the orders of one file like `run`, into the books that are given.
   *
   * A dry run is one transaction that is rolled back, so it neither goes on where an earlier run stopped nor leaves a place to go on from.
   */
  async runOrders(options: OrderImportOptions, books: PastOrderBooks): Promise<OrderImportResult> {
    const { mapping, isDryRun = false } = options;
    const format = new MappedOrders(mapping);
    const work: Work = {
      kind: 'orders',
      mapping,
      format,
      tables: 'orders, order_lines, order_history, payments',
      merge: (run, counts, pace) => this.merging.mergeOrders(run, counts, format, books, pace),
    };
    const run = async (): Promise<OrderImportResult> => ({
      ...(await this.runAlone(work, { ...options, isFresh: options.isFresh || isDryRun })),
      isDryRun,
      orders: await books.figures(format.prefix),
    });
    return this.imports.exclusively(() => (isDryRun ? this.transactions.rehearse(run) : run()), waitingFor(options));
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
      return (await this.importProducts({ kind: 'products', path })).counts.products.created;
    });
  }

  private async importProducts(options: ImportOptions): Promise<ImportResult> {
    const format = formatFor(options);
    const work: Work = {
      kind: options.kind,
      mapping: options.mapping,
      format,
      tables: 'categories, products, product_categories, variants, variant_prices, stock',
      merge: (run, counts, pace) =>
        format instanceof MappedCategories
          ? this.merging.mergeCategories(run, counts, format, pace)
          : this.merging.mergeProducts(run, counts, format, pace),
    };
    const outcome = await this.runAlone(work, options);
    return { ...outcome, catalogue: await this.imports.figuresOf(`${format.name}:`) };
  }

  private async runAlone(work: Work, options: FileOptions): Promise<ImportOutcome> {
    const file = await SourceFile.open(options.path);
    assertFormat(file, work.mapping);
    const identity = await identityOf(file, work);
    const earlier = options.isFresh ? null : await this.imports.findUnfinished(identity.fingerprint);
    const run = earlier ?? (await this.imports.start(identity));
    await this.imports.forgetOthers(run);
    try {
      const counts = await this.work(run, file, work, options);
      const rejectsPath = counts.listed > 0 ? (options.rejectsPath ?? null) : null;
      if (rejectsPath !== null) await writeRejects(rejectsPath, this.imports.rejects(run.id));
      // One of an earlier import would be taken for that of this one.
      else if (options.rejectsPath) await rm(options.rejectsPath, { force: true });
      await this.imports.clear([run.id]);
      await this.imports.close(run.id, 'succeeded');
      return {
        runId: run.id,
        mapping: work.format.name,
        isResumed: earlier !== null,
        counts,
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
    { format, mapping, tables, merge }: Work,
    { batch = DEFAULT_BATCH, onProgress }: FileOptions,
  ): Promise<ImportCounts> {
    let { counts } = run;
    if (run.phase === 'reading') {
      counts = await this.staging.stage(run, file, { reader: format, mapping, batch, onProgress });
      await this.imports.analyze('import_rows');
    }
    counts = await merge(run, counts, { batch, onProgress });
    if (counts.accepted >= ANALYZE_FROM_ROWS) await this.imports.analyze(tables);
    return counts;
  }
}

const waitingFor =
  ({ onProgress }: FileOptions) =>
  (): void =>
    onProgress?.({ phase: 'waiting' });

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

function assertFormat(file: SourceFile, mapping: Mapping | undefined): void {
  const wanted = mapping?.format ?? 'ndjson';
  if (file.format === wanted) return;
  const reader = mapping ? `the mapping ${mapping.name} reads` : 'without a mapping it must be';
  throw new ImportFailedError(`${file.path} is ${file.format}, but ${reader} ${wanted}.`);
}

/** A run is the same as an earlier one when file, kind and mapping are equal to the last byte. */
async function identityOf(file: SourceFile, { kind, mapping, format }: Work): Promise<RunIdentity> {
  const parts = [await file.fingerprint(), kind, JSON.stringify(mapping ?? format.name)];
  return {
    kind,
    source: file.path,
    mapping: format.name,
    fingerprint: createHash('sha256').update(parts.join('\n')).digest('hex'),
  };
}
