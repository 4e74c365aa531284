import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that are sold: what they come to is owed. */
const SOLD = `('confirmed', 'on_hold', 'completed')`;

/** The accounts of what a row of `orders` comes to, with debits above 0; shipping and sales are without the tax in their prices. */
const billed = (row: string): string => `(VALUES
  ('receivable', ${row}.total_amount),
  ('discounts', ${row}.discount_total_amount),
  ('shipping', (CASE WHEN ${row}.prices_include_tax THEN ${row}.shipping_tax_amount ELSE 0 END) - ${row}.shipping_total_amount),
  ('tax_payable', -${row}.tax_total_amount),
  ('sales', (CASE WHEN ${row}.prices_include_tax THEN ${row}.tax_total_amount - ${row}.shipping_tax_amount ELSE 0 END) - ${row}.subtotal_amount)
) AS`;

/** Everything that `billed` looks at. */
const figures = (row: string): string =>
  `(${['total', 'subtotal', 'discount_total', 'shipping_total', 'tax_total', 'shipping_tax'].map((name) => `${row}.${name}_amount`).join(', ')}, ${row}.prices_include_tax)`;

/** A double-entry ledger of orders that the database keeps itself, in the transaction of whatever moves money or makes it due. */
export class Ledger1767225634500 implements MigrationInterface {
  name = 'Ledger1767225634500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await this.createEntries(queryRunner);
    await this.postOrders(queryRunner);
    await this.postPayments(queryRunner);
    await this.postRefunds(queryRunner);
    await this.postWhatIsThere(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER orders_sold ON orders`);
    await queryRunner.query(`DROP TRIGGER orders_billed ON orders`);
    for (const event of ['taken', 'captured']) await queryRunner.query(`DROP TRIGGER payments_${event} ON payments`);
    for (const event of ['made', 'succeeded']) await queryRunner.query(`DROP TRIGGER refunds_${event} ON refunds`);
    await queryRunner.query(`DROP TABLE ledger_entries`);
    await queryRunner.query(`DROP SEQUENCE ledger_posting_seq`);
    for (const name of [
      'post_order()',
      'post_payment()',
      'post_refund()',
      'post_refund_of(refunds)',
      'balance_ledger()',
      'ledger_account_of(text)',
    ])
      await queryRunner.query(`DROP FUNCTION ${name}`);
  }

  private async createEntries(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE SEQUENCE ledger_posting_seq AS bigint`);
    await queryRunner.query(`
      CREATE TABLE ledger_entries (
        posting bigint NOT NULL,
        account text NOT NULL,
        order_id uuid NOT NULL,
        currency character(3) NOT NULL,
        amount bigint NOT NULL,
        cause text NOT NULL,
        source_id uuid NOT NULL,
        posted_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ledger_entries_pkey PRIMARY KEY (posting, account),
        CONSTRAINT ledger_entries_order_id_currency_fkey FOREIGN KEY (order_id, currency) REFERENCES orders (id, currency),
        CONSTRAINT ledger_entries_amount_check CHECK (amount <> 0),
        CONSTRAINT ledger_entries_cause_check CHECK (cause IN ('order', 'payment', 'refund'))
      )`);
    await queryRunner.query(`CREATE INDEX ledger_entries_order_id_idx ON ledger_entries (order_id)`);
    await queryRunner.query(`CREATE INDEX ledger_entries_posted_at_idx ON ledger_entries USING brin (posted_at)`);
    await queryRunner.query(`
      CREATE TRIGGER ledger_entries_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`
      CREATE FUNCTION balance_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM added GROUP BY posting HAVING sum(amount) <> 0 OR min(order_id::text) <> max(order_id::text)) THEN
          RAISE EXCEPTION 'a posting does not balance' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balance_check';
        END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION balance_ledger()`);
    // What is paid with a gift card, or with store credit, was taken before, and is owed until then.
    await queryRunner.query(`
      CREATE FUNCTION ledger_account_of(provider text) RETURNS text LANGUAGE sql IMMUTABLE
      RETURN CASE provider WHEN 'gift_card' THEN 'gift_cards' WHEN 'store_credit' THEN 'store_credit' ELSE 'cash:' || provider END`);
  }

  /** An order that is sold is billed; a change of what it comes to is billed by the difference; one that is taken back is put to nothing. */
  private async postOrders(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION post_order() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        number bigint := nextval('ledger_posting_seq');
        was_sold boolean := TG_OP = 'UPDATE' AND OLD.status IN ${SOLD};
      BEGIN
        IF NEW.status NOT IN ${SOLD} THEN
          INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id)
          SELECT number, undone.account, NEW.id, NEW.currency, undone.amount, 'order', NEW.id
          FROM (
            SELECT CASE WHEN grouping(account) = 1 THEN 'receivable' ELSE account END AS account,
              CASE WHEN grouping(account) = 1 THEN sum(amount) ELSE -sum(amount) END AS amount
            FROM ledger_entries WHERE order_id = NEW.id AND account IN ('sales', 'discounts', 'shipping', 'tax_payable', 'returns')
            GROUP BY GROUPING SETS ((account), ())
          ) AS undone WHERE undone.amount <> 0;
        ELSIF was_sold THEN
          INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id)
          SELECT number, account, NEW.id, NEW.currency, now_due.amount - was_due.amount, 'order', NEW.id
          FROM ${billed('NEW')} now_due (account, amount) JOIN ${billed('OLD')} was_due (account, amount) USING (account)
          WHERE now_due.amount <> was_due.amount;
        ELSE
          INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id)
          SELECT number, account, NEW.id, NEW.currency, amount, 'order', NEW.id
          FROM ${billed('NEW')} due (account, amount) WHERE amount <> 0;
        END IF;
        RETURN NULL;
      END $$`);
    // Orders of the past come many at a time, and are posted by the statement that writes them.
    await queryRunner.query(`
      CREATE TRIGGER orders_sold AFTER INSERT ON orders FOR EACH ROW
      WHEN (NEW.status IN ${SOLD} AND NEW.origin <> 'import') EXECUTE FUNCTION post_order()`);
    await queryRunner.query(`
      CREATE TRIGGER orders_billed AFTER UPDATE ON orders FOR EACH ROW
      WHEN ((OLD.status IN ${SOLD}) <> (NEW.status IN ${SOLD})
        OR (NEW.status IN ${SOLD} AND ${figures('OLD')} IS DISTINCT FROM ${figures('NEW')}))
      EXECUTE FUNCTION post_order()`);
  }

  /** Money that has been captured is there, and is owed no more. */
  private async postPayments(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION post_payment() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        number bigint := nextval('ledger_posting_seq');
        taken bigint := NEW.captured_amount - CASE TG_OP WHEN 'UPDATE' THEN OLD.captured_amount ELSE 0 END;
      BEGIN
        INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id) VALUES
          (number, ledger_account_of(NEW.provider), NEW.order_id, NEW.currency, taken, 'payment', NEW.id),
          (number, 'receivable', NEW.order_id, NEW.currency, -taken, 'payment', NEW.id);
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER payments_taken AFTER INSERT ON payments FOR EACH ROW
      WHEN (NEW.captured_amount <> 0 AND NOT starts_with(NEW.provider_key, 'import:')) EXECUTE FUNCTION post_payment()`);
    await queryRunner.query(`
      CREATE TRIGGER payments_captured AFTER UPDATE ON payments FOR EACH ROW
      WHEN (OLD.captured_amount <> NEW.captured_amount) EXECUTE FUNCTION post_payment()`);
  }

  /**
   * A refund takes money away. So far as the order is sold and paid for, it also takes back a part of the sale, with its tax: that of the
   * lines and the shipping it is for, else in proportion, counted up from the first unit so that all of a sale has all of its tax. What
   * was paid beyond the order, or for one that is not sold, was owed to the customer and goes back without touching a sale.
   */
  private async postRefunds(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION post_refund_of(refund refunds) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        number bigint := nextval('ledger_posting_seq');
        sale record;
        credited bigint;
        tax numeric;
      BEGIN
        SELECT o.total_amount AS total, o.tax_total_amount AS tax,
          coalesce(sum(amount) FILTER (WHERE account = 'receivable'), 0) AS open,
          coalesce(-sum(amount) FILTER (WHERE account IN ('sales', 'discounts', 'shipping', 'returns')), 0) AS net_left,
          coalesce(-sum(amount) FILTER (WHERE account = 'tax_payable'), 0) AS tax_left,
          coalesce(sum(amount) FILTER (WHERE cause = 'refund' AND account IN ('returns', 'tax_payable')), 0) AS credited,
          coalesce(sum(amount) FILTER (WHERE cause = 'refund' AND account = 'tax_payable'), 0) AS tax_credited
        INTO sale FROM orders o LEFT JOIN ledger_entries e ON e.order_id = o.id WHERE o.id = refund.order_id GROUP BY o.id;
        credited := greatest(least(refund.amount, sale.open + refund.amount, sale.net_left + sale.tax_left), 0);
        IF credited > 0 THEN
          -- The tax of lines and shipping, where the refund is for some; a refund of an amount says nothing of it.
          SELECT (coalesce(sum(l.tax_amount), 0) + refund.shipping_tax_amount) * credited / refund.amount INTO tax
          FROM refund_lines l WHERE l.refund_id = refund.id HAVING count(*) > 0 OR refund.shipping_amount > 0;
          IF tax IS NULL THEN
            tax := CASE WHEN sale.credited + credited >= sale.total THEN sale.tax
              ELSE floor((2 * sale.tax::numeric * (sale.credited + credited) + sale.total) / (2 * sale.total)) END - sale.tax_credited;
          END IF;
          tax := least(greatest(round(tax), credited - sale.net_left, 0), sale.tax_left, credited);
        END IF;
        INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id, posted_at)
        SELECT number, account, refund.order_id, refund.currency, due.amount, 'refund', refund.id,
          coalesce(refund.settled_at, now())
        FROM payments p, LATERAL (VALUES
          (ledger_account_of(p.provider), -refund.amount),
          ('receivable', refund.amount - credited),
          ('returns', credited - coalesce(tax, 0)::bigint),
          ('tax_payable', coalesce(tax, 0)::bigint)) AS due (account, amount)
        WHERE p.id = refund.payment_id AND due.amount <> 0;
      END $$`);
    await queryRunner.query(`
      CREATE FUNCTION post_refund() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM post_refund_of(NEW);
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER refunds_made AFTER INSERT ON refunds FOR EACH ROW
      WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION post_refund()`);
    await queryRunner.query(`
      CREATE TRIGGER refunds_succeeded AFTER UPDATE ON refunds FOR EACH ROW
      WHEN (NEW.status = 'succeeded' AND OLD.status <> 'succeeded') EXECUTE FUNCTION post_refund()`);
  }

  /** What was sold, taken and given back before there was a ledger, on the day when it was. */
  private async postWhatIsThere(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id, posted_at)
      SELECT posting, account, o.id, o.currency, amount, 'order', o.id, coalesce(o.confirmed_at, o.placed_at)
      FROM (SELECT nextval('ledger_posting_seq') AS posting, o.* FROM orders o WHERE o.status IN ${SOLD}) AS o,
        LATERAL ${billed('o')} due (account, amount) WHERE amount <> 0`);
    await queryRunner.query(`
      INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id, posted_at)
      SELECT posting, account, p.order_id, p.currency, due.amount, 'payment', p.id, p.created_at
      FROM (SELECT nextval('ledger_posting_seq') AS posting, p.* FROM payments p WHERE p.captured_amount <> 0) AS p,
        LATERAL (VALUES (ledger_account_of(p.provider), p.captured_amount), ('receivable', -p.captured_amount)) AS due (account, amount)`);
    await queryRunner.query(`
      DO $$
      DECLARE refund refunds;
      BEGIN
        FOR refund IN SELECT * FROM refunds WHERE status = 'succeeded' ORDER BY settled_at, id LOOP
          PERFORM post_refund_of(refund);
        END LOOP;
      END $$`);
  }
}
