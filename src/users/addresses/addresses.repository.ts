import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** What a user keeps of an address; absent members of the postal address are null. */
export interface AddressContent {
  label: string | null;
  name: string;
  company: string | null;
  line1: string;
  line2: string | null;
  city: string;
  region: string | null;
  postalCode: string | null;
  countryCode: string;
  phone: string | null;
  isDefaultShipping: boolean;
  isDefaultBilling: boolean;
}

/** An address as it is read. */
export interface AddressBookEntry extends AddressContent {
  id: string;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

const COLUMNS = `a.id, a.label, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postal_code AS "postalCode",
  a.country_code AS "countryCode", a.phone, a.is_default_shipping AS "isDefaultShipping",
  a.is_default_billing AS "isDefaultBilling", a.created_at AS "createdAt", a.updated_at AS "updatedAt", a.version`;

/** Every query of address books; each of them names the owner. */
@Injectable()
export class AddressesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async find(id: string, userId: string): Promise<AddressBookEntry | null> {
    const [address] = await this.transactions.query<AddressBookEntry>(
      `SELECT ${COLUMNS} FROM addresses a WHERE a.id = $1 AND a.user_id = $2`,
      [id, userId],
    );
    return address ?? null;
  }

  /** The newest first; ids are in the order of creation. */
  list(userId: string, page: { before: string | null; limit: number }): Promise<AddressBookEntry[]> {
    return this.transactions.query(
      `SELECT ${COLUMNS} FROM addresses a WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.id < $2)
       ORDER BY a.id DESC LIMIT $3`,
      [userId, page.before, page.limit],
    );
  }

  async count(userId: string): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM addresses WHERE user_id = $1`,
      [userId],
    );
    return row!.total;
  }

  async insert(id: string, userId: string, address: AddressContent): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO addresses (id, user_id, label, name, company, line1, line2, city, region, postal_code, country_code, phone,
         is_default_shipping, is_default_billing)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [id, userId, ...valuesOf(address)],
    );
  }

  async update(id: string, userId: string, address: AddressContent): Promise<void> {
    await this.transactions.execute(
      `UPDATE addresses SET label = $3, name = $4, company = $5, line1 = $6, line2 = $7, city = $8, region = $9, postal_code = $10,
         country_code = $11, phone = $12, is_default_shipping = $13, is_default_billing = $14, version = version + 1,
         updated_at = now()
       WHERE id = $1 AND user_id = $2`,
      [id, userId, ...valuesOf(address)],
    );
  }

  /** Takes the marks that `address` is about to get from whichever other address has them. */
  async takeDefaults(userId: string, id: string, address: AddressContent): Promise<void> {
    await this.transactions.execute(
      `UPDATE addresses SET is_default_shipping = is_default_shipping AND NOT $3,
         is_default_billing = is_default_billing AND NOT $4, version = version + 1, updated_at = now()
       WHERE user_id = $1 AND id <> $2 AND ((is_default_shipping AND $3) OR (is_default_billing AND $4))`,
      [userId, id, address.isDefaultShipping, address.isDefaultBilling],
    );
  }

  /** @returns false when the user has no such address in that version. */
  async delete(id: string, userId: string, expectedVersion: number | undefined): Promise<boolean> {
    const deleted = await this.transactions.execute(
      `DELETE FROM addresses WHERE id = $1 AND user_id = $2 AND ($3::int IS NULL OR version = $3)`,
      [id, userId, expectedVersion ?? null],
    );
    return deleted === 1;
  }

  async deleteAll(userId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM addresses WHERE user_id = $1`, [userId]);
  }
}

/** In the order of parameters 3 to 14. */
function valuesOf(address: AddressContent): unknown[] {
  return [
    address.label,
    address.name,
    address.company,
    address.line1,
    address.line2,
    address.city,
    address.region,
    address.postalCode,
    address.countryCode,
    address.phone,
    address.isDefaultShipping,
    address.isDefaultBilling,
  ];
}
