import { Injectable } from '@nestjs/common';
import {
  type AddressPatch,
  normalisedAddress,
  patchAddress,
  type PostalAddress,
} from '../../common/address/postal-address.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../users.service.js';
import { AddressNotFoundError, TooManyAddressesError } from './addresses.errors.js';
import { type AddressBookEntry, type AddressContent, AddressesRepository } from './addresses.repository.js';

/** Addresses that one user may keep. */
export const MAX_ADDRESSES = 50;

/** What an entry has beside the postal address. */
interface EntryMarks {
  label?: string | null;
  isDefaultShipping?: boolean;
  isDefaultBilling?: boolean;
}

/** The address books of users. Changes of one book happen one after the other, under the lock of its owner. */
@Injectable()
export class AddressesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly addresses: AddressesRepository,
    private readonly cursors: Cursors,
  ) {}

  /** @throws AddressNotFoundError also for somebody else's address. */
  async get(id: string, userId: string): Promise<AddressBookEntry> {
    const address = await this.addresses.find(id, userId);
    if (!address) throw new AddressNotFoundError();
    return address;
  }

  /**
   * One page of a user's addresses, newest first.
   *
   * @throws InvalidRequestError (400, `?cursor`) for a cursor of another list or another user.
   */
  async list(
    userId: string,
    query: { limit: number; cursor?: string; count?: 'exact' },
  ): Promise<Page<AddressBookEntry>> {
    const context = `addresses ${userId}`;
    const before = query.cursor === undefined ? null : (this.cursors.decode(context, query.cursor)[0] as string);
    const rows = await this.addresses.list(userId, { before, limit: query.limit + 1 });
    const data = rows.slice(0, query.limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > query.limit && last ? this.cursors.encode(context, [last.id]) : null,
      ...(query.count === 'exact' ? { total: await this.addresses.count(userId) } : {}),
    };
  }

  /** Every address of a user, newest first. */
  listAll(userId: string): Promise<AddressBookEntry[]> {
    return this.addresses.list(userId, { before: null, limit: MAX_ADDRESSES });
  }

  /**
   * Adds an address, written the way its country does; a default one replaces the default there was.
   *
   * @throws InvalidRequestError naming postal code or region; TooManyAddressesError when the book is full.
   */
  create(userId: string, address: PostalAddress & EntryMarks): Promise<AddressBookEntry> {
    const id = newId();
    const content = contentOf(normalisedAddress(address, ''), address);
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      if ((await this.addresses.count(userId)) >= MAX_ADDRESSES) throw new TooManyAddressesError(MAX_ADDRESSES);
      await this.addresses.takeDefaults(userId, id, content);
      await this.addresses.insert(id, userId, content);
      return this.get(id, userId);
    });
  }

  /**
   * Changes an address; members that are absent stay, null removes one that need not be there (RFC 7396).
   *
   * @param expectedVersion From `If-Match`; undefined overwrites whichever version is there.
   * @throws AddressNotFoundError, VersionMismatchError, InvalidRequestError
   */
  update(
    id: string,
    userId: string,
    change: AddressPatch & EntryMarks,
    expectedVersion: number | undefined,
  ): Promise<AddressBookEntry> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const current = await this.get(id, userId);
      if (expectedVersion !== undefined && current.version !== expectedVersion)
        throw new VersionMismatchError(current.version);
      const { label, isDefaultShipping, isDefaultBilling, ...patch } = change;
      const postal = patchAddress(postalAddressOf(current), patch, '') as PostalAddress;
      const content = contentOf(normalisedAddress(postal, ''), {
        label: label === undefined ? current.label : label,
        isDefaultShipping: isDefaultShipping ?? current.isDefaultShipping,
        isDefaultBilling: isDefaultBilling ?? current.isDefaultBilling,
      });
      if (isSame(content, current)) return current;
      await this.addresses.takeDefaults(userId, id, content);
      await this.addresses.update(id, userId, content);
      return this.get(id, userId);
    });
  }

  /**
   * Removes an address; orders keep their copies.
   *
   * @throws AddressNotFoundError, VersionMismatchError
   */
  async remove(id: string, userId: string, expectedVersion: number | undefined): Promise<void> {
    if (await this.addresses.delete(id, userId, expectedVersion)) return;
    throw new VersionMismatchError((await this.get(id, userId)).version);
  }

  /** Forgets a user's whole book. */
  removeAll(userId: string): Promise<void> {
    return this.addresses.deleteAll(userId);
  }
}

function contentOf(address: PostalAddress, marks: EntryMarks): AddressContent {
  return {
    label: marks.label ?? null,
    name: address.name,
    company: address.company ?? null,
    line1: address.line1,
    line2: address.line2 ?? null,
    city: address.city,
    region: address.region ?? null,
    postalCode: address.postalCode ?? null,
    countryCode: address.countryCode,
    phone: address.phone ?? null,
    isDefaultShipping: marks.isDefaultShipping ?? false,
    isDefaultBilling: marks.isDefaultBilling ?? false,
  };
}

function postalAddressOf(entry: AddressBookEntry): PostalAddress {
  const { name, company, line1, line2, city, region, postalCode, countryCode, phone } = entry;
  const members = Object.entries({ name, company, line1, line2, city, region, postalCode, countryCode, phone });
  return Object.fromEntries(members.filter(([, value]) => value !== null)) as unknown as PostalAddress;
}

function isSame(content: AddressContent, current: AddressBookEntry): boolean {
  return Object.entries(content).every(([name, value]) => current[name as keyof AddressContent] === value);
}
