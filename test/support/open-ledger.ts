import type { TransactionRunner } from '../../src/database/transaction-runner.js';

const KEPT = ['ledger_entries', 'invoices', 'invoice_files'];

/** Lets a test delete orders with what ledger and invoices say of them: for as long as `work` takes, these can be changed. */
export function withOpenLedger(database: TransactionRunner, work: () => Promise<unknown>): Promise<void> {
  const set = async (state: 'DISABLE' | 'ENABLE'): Promise<void> => {
    for (const table of KEPT) await database.execute(`ALTER TABLE ${table} ${state} TRIGGER ${table}_kept`);
  };
  return database.run(async () => {
    await set('DISABLE');
    await work();
    await set('ENABLE');
  });
}
