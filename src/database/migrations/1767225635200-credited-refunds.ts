import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a refund takes the money from, in `post_refund_of`: the provider alone, and store credit where it goes onto that. */
const FROM_PROVIDER = 'ledger_account_of(p.provider), -refund.amount';
const FROM_DESTINATION = `ledger_account_of(CASE refund.destination WHEN 'store_credit' THEN 'store_credit' ELSE p.provider END), -refund.amount`;

/** A refund onto store credit leaves the money where it is, and is owed to the customer from then on. */
export class CreditedRefunds1767225635200 implements MigrationInterface {
  name = 'CreditedRefunds1767225635200';

  up(queryRunner: QueryRunner): Promise<void> {
    return this.replace(queryRunner, FROM_PROVIDER, FROM_DESTINATION);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return this.replace(queryRunner, FROM_DESTINATION, FROM_PROVIDER);
  }

  private async replace(queryRunner: QueryRunner, before: string, after: string): Promise<void> {
    const [row] = (await queryRunner.query(
      `SELECT pg_get_functiondef('post_refund_of(refunds)'::regprocedure) AS text`,
    )) as { text: string }[];
    if (!row!.text.includes(before))
      throw new Error('The function that posts refunds is not the one that was expected');
    await queryRunner.query(row!.text.replace(before, after));
  }
}
