import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { csvLine } from '../../operations/csv.js';
import type { Operation } from '../../operations/entities/operation.entity.js';
import { type FileWriter, OperationFiles } from '../../operations/operation-files.service.js';
import { OperationsService, OperationStopped } from '../../operations/operations.service.js';
import { toOrderStaffResponse } from '../dto/order-response.dto.js';
import type { OrderWithLines } from '../orders.repository.js';
import { OrdersService } from '../orders.service.js';
import type { CreateExportDto, ExportFormat } from './export.dto.js';
import { CSV_HEADINGS, toCsvRow } from './order-csv.js';

/** The kind of operation that writes orders into a file. */
export const ORDER_EXPORT = 'order_export';
/** How often a job may begin before the export is given up. */
const MAX_ATTEMPTS = 8;
/** Orders that are held in memory at once. */
const BATCH = 200;
const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

/** Writes orders into files for staff. */
@Injectable()
export class OrderExportsService {
  private readonly logger = new Logger(OrderExportsService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly operations: OperationsService,
    private readonly files: OperationFiles,
    private readonly orders: OrdersService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** Starts an export; a job makes the file. */
  request({ format, filter = {} }: CreateExportDto, actor: Actor): Promise<Operation> {
    return this.transactions.run(async () => {
      const startedBy = responsibleUserId(actor);
      const starterScope = 'orders:read';
      const { id } = await this.operations.start({ kind: ORDER_EXPORT, startedBy, starterScope, subjectId: null });
      await this.outbox.add({
        type: 'order.export_requested',
        aggregateType: 'operation',
        aggregateId: id,
        aggregateVersion: 1,
        data: { format, filter },
      });
      await this.audit.record({
        action: 'order.export_requested',
        target: { type: 'operation', id },
        after: { format, filter: { ...filter } },
      });
      return this.operations.get(id, { userId: startedBy, scopes: actor.scopes, seesAll: true });
    });
  }

  /**
   * Makes the file of an export; safe to run twice, also at the same time: one of the files counts.
   *
   * One transaction reads all orders as they are at one moment, a batch at a time, and writes the file; should the process die, or the
   * export be cancelled, nothing of it is there.
   */
  async run(operationId: string, { format, filter = {} }: Pick<CreateExportDto, 'format' | 'filter'>): Promise<void> {
    const begun = await this.operations.begin(operationId);
    if (!begun) return;
    if (begun.attempts > MAX_ATTEMPTS) {
      this.logger.error(`Export ${operationId} is given up after ${MAX_ATTEMPTS} attempts`);
      const detail = 'The file could not be written; start another export.';
      await this.operations.fail(operationId, { code: 'order.export_failed', detail });
      return;
    }
    const written = await this.transactions
      .run(async () => {
        await this.transactions.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        const file = await this.files.create(operationId, `orders.${format}`, MEDIA_TYPES[format]);
        const orders = await this.write(operationId, file, format, filter);
        return { fileId: file.fileId, sizeBytes: await file.finish(), orders };
      })
      .catch((error: unknown) => {
        if (error instanceof OperationStopped) return null;
        throw error;
      });
    if (!written) return;
    const { fileId, sizeBytes, orders } = written;
    await this.transactions.run(async () => {
      // Another worker may have been faster: then this file is not wanted.
      if (!(await this.operations.succeed(operationId, { orders }))) return this.files.drop(fileId);
      if (!(await this.files.complete(fileId, sizeBytes))) throw new Error(`The file of export ${operationId} is gone`);
    });
  }

  private async write(
    operationId: string,
    file: FileWriter,
    format: ExportFormat,
    filter: NonNullable<CreateExportDto['filter']>,
  ): Promise<number> {
    const put = (text: string) => file.write(Buffer.from(text));
    if (format === 'csv') await put(csvLine(CSV_HEADINGS));
    let orders = 0;
    let total = 0;
    for (let cursor: string | undefined; ;) {
      const count = cursor === undefined ? 'exact' : undefined;
      const page = await this.orders.findAll(filter, 'placedAt', { limit: BATCH, cursor, count }, null, ORDER_EXPORT);
      for (const order of page.data) await put(format === 'csv' ? csvLine(toCsvRow(order)) : ndjson(order));
      orders += page.data.length;
      total = page.total ?? total;
      await this.operations.progress(operationId, orders, total);
      if (page.nextCursor === null) return orders;
      cursor = page.nextCursor;
    }
  }
}

const ndjson = (order: OrderWithLines): string => `${JSON.stringify(toOrderStaffResponse(order))}\n`;
