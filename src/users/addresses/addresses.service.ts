import { Injectable } from '@nestjs/common';
import {
  type AddressPatch,
  normalisedAddress,
  patchAddress,
  type PostalAddress,
} from '../../common/address/postal-address.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { AddressEvent } from '../events/user.event.js';
import { UsersService } from '../users.service.js';
import { AddressNotFoundError, TooManyAddressesError } from './addresses.errors.js';
import { AddressesRepository } from './addresses.repository.js';
import type { Address } from './entities/address.entity.js';

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
    private readonly outbox: Outbox,
  ) {}

  /** @throws AddressNotFoundError also for somebody else's address. */
  async get(id: string, userId: string): Promise<Address> {
    return (await this.addresses.find(id, userId)) ?? raise(new AddressNotFoundError());
  }

  /** One page of a user's addresses, newest first. */
  list(userId: string, request: PageRequest): Promise<Page<Address>> {
    return this.addresses.findPage(userId, request);
  }

  /**
   * Adds an address, written the way its country does; a default one replaces the default there was.
   *
   * @throws InvalidRequestError naming postal code or region; TooManyAddressesError when the book is full.
   */
  create(userId: string, address: PostalAddress & EntryMarks): Promise<Address> {
    const entry = { id: newId(), userId, ...contentOf(normalisedAddress(address, ''), address) };
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      if ((await this.addresses.count(userId)) >= MAX_ADDRESSES) throw new TooManyAddressesError(MAX_ADDRESSES);
      return this.save('address.created', entry, 0);
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
  ): Promise<Address> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const entry = await this.get(id, userId);
      assertVersion(entry, expectedVersion);
      const { version } = entry;
      const { label = entry.label, isDefaultShipping, isDefaultBilling, ...patch } = change;
      const postal = patchAddress(postalAddressOf(entry), patch, '') as PostalAddress;
      Object.assign(
        entry,
        contentOf(normalisedAddress(postal, ''), {
          label,
          isDefaultShipping: isDefaultShipping ?? entry.isDefaultShipping,
          isDefaultBilling: isDefaultBilling ?? entry.isDefaultBilling,
        }),
      );
      return this.save('address.updated', entry, version);
    });
  }

  /** Removes an address; orders keep their copies. @throws AddressNotFoundError, VersionMismatchError */
  remove(id: string, userId: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const entry = await this.get(id, userId);
      assertVersion(entry, expectedVersion);
      await this.addresses.delete(entry);
      await this.outbox.add(new AddressEvent('address.removed', { ...entry, version: entry.version + 1 }));
    });
  }

  /** @param before The version that there was. */
  private async save(
    type: AddressEvent['type'],
    entry: Omit<Address, 'version' | 'createdAt' | 'updatedAt'>,
    before: number,
  ): Promise<Address> {
    const { userId } = entry;
    const others = await this.addresses.takeDefaults(entry);
    const saved = await this.addresses.save(entry);
    await this.outbox.add(
      ...others.map((other) => new AddressEvent('address.updated', { ...other, userId })),
      ...(saved.version === before ? [] : [new AddressEvent(type, saved)]),
    );
    return saved;
  }
}

function contentOf(
  address: PostalAddress,
  { label = null, isDefaultShipping = false, isDefaultBilling = false }: EntryMarks,
): Omit<Address, 'id' | 'userId' | 'version' | 'createdAt' | 'updatedAt'> {
  const { company = null, line2 = null, region = null, postalCode = null, phone = null, ...required } = address;
  const { name, line1, city, countryCode } = required;
  return {
    ...{ label, name, company, line1, line2, city, region, postalCode, countryCode, phone },
    ...{ isDefaultShipping, isDefaultBilling },
  };
}

function postalAddressOf(entry: Address): PostalAddress {
  const { name, company, line1, line2, city, region, postalCode, countryCode, phone } = entry;
  const members = Object.entries({ name, company, line1, line2, city, region, postalCode, countryCode, phone });
  return Object.fromEntries(members.filter(([, value]) => value !== null)) as unknown as PostalAddress;
}
