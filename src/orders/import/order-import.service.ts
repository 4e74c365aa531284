import { Injectable } from '@nestjs/common';
import {
  ImportService,
  type OrderImportOptions,
  type OrderImportResult,
} from '../../products/import/import.service.js';
import { PastOrdersRepository } from './past-orders.repository.js';

/** Brings orders of the past into the books: no stock moves, no event is told, no mail leaves and nobody is charged. */
@Injectable()
export class OrderImportService {
  constructor(
    private readonly imports: ImportService,
    private readonly books: PastOrdersRepository,
  ) {}

  /**
   * Imports one file. Waits while another import runs on the same database.
   *
   * @throws ImportFailedError when the file cannot be read or does not fit the mapping; the next run goes on from what was merged by then.
   */
  run(options: OrderImportOptions): Promise<OrderImportResult> {
    return this.imports.runOrders(options, this.books);
  }
}
