import type { TransactionRunner } from '../../src/database/transaction-runner.js';

/** Lets a test delete orders with what the ledger says of them: for as long as `work` takes, the ledger can be changed. */
export function withOpenLedger(database: TransactionRunner, work: () => Promise<unknown>): Promise<void> {
  return database.run(async () => {
    await database.execute(`ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_kept`);
    await work();
    await database.execute(`ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_kept`);
  });
}
