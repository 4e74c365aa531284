import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuditLog } from '../../audit/audit-log.js';
import { AddressNotAllowedError, InvalidTokenError } from '../../common/errors/request.errors.js';
import { clientNetwork } from '../../common/http/client-address.js';
import { attempts, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { AddressList } from './address-list.js';
import { hashOf, isKeyLike, isWellFormedKey } from './key-text.js';
import { type FoundMachine, type MachineRefusal, MachinesRepository } from './machines.repository.js';

/** How long another instance may still honour a key that was revoked or changed. */
const RECOGNISED_FOR_MS = 1_000;
const REMEMBERED_MACHINES = 20_000;
/** Uses and refusals of a key are written down once in this time. */
const NOTED_FOR_MS = 60_000;
/**
 * Keys and tokens from one address that there are not, before they are asked for together. Counted in this process, whose connections to
 * the database it saves: a counter in Redis would cost what the query costs.
 */
const MADE_UP: RateLimitPolicy = { ...attempts('made-up-keys', 20, 60), withoutRedis: 'open' };
/** How long those that are asked for together are gathered. */
const GATHERED_FOR_MS = 100;
const TOKEN_MARK = 'sha_';
const KEY_REFERENCE = 'key ';
const TOKEN_REFERENCE = 'token ';
const TOKEN_FORM = /^sha_[A-Za-z0-9_-]{43}$/;

/** A machine that may call now. */
export interface Machine {
  keyId: string;
  creatorId: string;
  scopes: ReadonlySet<string>;
  /** When what it showed stops working by itself; null for never. */
  endsAt: Date | null;
}

type RememberedMachine = Omit<FoundMachine, 'scopes' | 'allowedAddresses'> & {
  scopes: ReadonlySet<string>;
  addresses: AddressList;
};

/** Recognises machines by an API key (`shk_…`) or by an access token that was traded for one (`sha_…`). */
@Injectable()
export class MachineRecognition {
  private readonly logger = new Logger(MachineRecognition.name);
  private readonly recognised = new LRUCache<string, Promise<RememberedMachine | null>>({
    max: REMEMBERED_MACHINES,
    ttl: RECOGNISED_FOR_MS,
  });
  /** What is asked for next, together. */
  private gathered?: { hashes: Buffer[]; existing: Promise<ReadonlySet<string>> };
  private readonly noted = new LRUCache<string, true>({ max: REMEMBERED_MACHINES, ttl: NOTED_FOR_MS });

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly machines: MachinesRepository,
    private readonly audit: AuditLog,
    private readonly limiter: RateLimiter,
  ) {}

  /** True for text that claims to be a key or a token of a machine, whether or not it is one. */
  static isMachineToken(text: string): boolean {
    return isKeyLike(text) || text.startsWith(TOKEN_MARK);
  }

  /**
   * Who calls with a key or token, from where it may be used; notes the use.
   *
   * The answer is remembered for a second: the longest time for which an instance can honour a key that another one has revoked. Once an
   * address has shown many that there are not, one query every 100 ms tells for all that it shows whether there are any, so that made-up
   * ones cost next to nothing and a good one is still let in.
   *
   * @throws InvalidTokenError when it is unknown, or no longer good; AddressNotAllowedError.
   */
  async recognise(token: string, address: string): Promise<Machine> {
    const found = await this.find(token, address);
    if (!found) throw new InvalidTokenError();
    const refusal = refusalOf(found, address);
    if (refusal !== null) {
      // That a short-lived token runs out is no news.
      if (refusal !== 'token_expired') await this.noteRefusal(found.keyId, refusal);
      throw refusal === 'address_not_allowed' ? new AddressNotAllowedError() : new InvalidTokenError();
    }
    await this.noteUse(found.keyId, address);
    return found;
  }

  /** Under what `check` is asked about a key or token: it gives neither away. */
  static referenceOf(token: string): string {
    return (isKeyLike(token) ? KEY_REFERENCE : TOKEN_REFERENCE) + hashOf(token).toString('base64');
  }

  /**
   * The scopes of those of the keys and tokens that are good now, by their reference. It asks the database, and notes nothing.
   *
   * @param machines Where each is used from, by its reference.
   */
  async check(machines: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const hashes = (kind: string) =>
      [...machines.keys()]
        .filter((one) => one.startsWith(kind))
        .map((one) => Buffer.from(one.slice(kind.length), 'base64'));
    const [keys, tokens] = [hashes(KEY_REFERENCE), hashes(TOKEN_REFERENCE)];
    const found = {
      [KEY_REFERENCE]: keys.length > 0 ? await this.machines.findByKeys(keys) : [],
      [TOKEN_REFERENCE]: tokens.length > 0 ? await this.machines.findByTokens(tokens) : [],
    };
    const good = new Map<string, ReadonlySet<string>>();
    for (const [kind, ofKind] of Object.entries(found)) {
      for (const { hash, ...machine } of ofKind) {
        const reference = kind + hash.toString('base64');
        const remembered = toRemembered(machine);
        if (refusalOf(remembered, machines.get(reference)!) === null) good.set(reference, remembered.scopes);
      }
    }
    return good;
  }

  /** Forgets every machine, so that what has changed counts at once; after the commit of the open transaction, if there is one. */
  forget(): void {
    this.transactions.afterCommit(() => this.recognised.clear());
  }

  private async find(token: string, address: string): Promise<RememberedMachine | null> {
    const isKey = isKeyLike(token);
    // The checksum tells a mistyped key, so that it costs no query.
    if (isKey ? !isWellFormedKey(token) : !TOKEN_FORM.test(token)) return null;
    const hash = hashOf(token);
    const id = hash.toString('base64');
    const known = this.recognised.get(id);
    if (known) return known;
    const network = `address:${clientNetwork(address)}`;
    if (this.limiter.takeLocally(MADE_UP, network).isExceeded && !(await this.exists(hash))) return null;
    const asked = (isKey ? this.machines.findByKey(hash) : this.machines.findByToken(hash)).then(
      (found) => found && toRemembered(found),
    );
    this.recognised.set(id, asked);
    // A failure is for those who asked, not for those who come after the database is back.
    asked.then(
      (found) => found && this.limiter.giveBackLocally(MADE_UP, network),
      () => this.recognised.delete(id),
    );
    return asked;
  }

  /** Whether there is a key or token with the hash: one query for all that are asked for within a moment. */
  private async exists(hash: Buffer): Promise<boolean> {
    this.gathered ??= { hashes: [], existing: this.findGathered() };
    this.gathered.hashes.push(hash);
    return (await this.gathered.existing).has(hash.toString('base64'));
  }

  private async findGathered(): Promise<ReadonlySet<string>> {
    await delay(GATHERED_FOR_MS);
    const { hashes } = this.gathered!;
    this.gathered = undefined;
    return new Set((await this.machines.findExisting(hashes)).map((hash) => hash.toString('base64')));
  }

  /** Once a minute a key. That it cannot be written down is no reason to refuse the request. */
  private async noteUse(keyId: string, address: string): Promise<void> {
    if (!this.isNews(`used ${keyId}`)) return;
    await this.machines.noteUse(keyId, address).catch((error: unknown) => this.complain(error));
  }

  private async noteRefusal(keyId: string, reason: MachineRefusal): Promise<void> {
    if (!this.isNews(`refused ${keyId}`)) return;
    const record = this.transactions.run(async () => {
      if (!(await this.machines.noteRefusal(keyId))) return;
      await this.audit.record({
        action: 'api_key.refused',
        target: { type: 'api_key', id: keyId },
        after: { reason },
        actor: { kind: 'anonymous' },
      });
    });
    await record.catch((error: unknown) => this.complain(error));
  }

  /** True the first time in a minute. */
  private isNews(event: string): boolean {
    if (this.noted.has(event)) return false;
    this.noted.set(event, true);
    return true;
  }

  private complain(error: unknown): void {
    this.logger.warn(`The use of an API key could not be noted: ${String(error)}`);
  }
}

function toRemembered({ allowedAddresses, ...machine }: FoundMachine): RememberedMachine {
  return { ...machine, scopes: new Set(machine.scopes), addresses: new AddressList(allowedAddresses) };
}

function refusalOf(found: RememberedMachine, address: string): MachineRefusal | null {
  if (found.refusal !== null) return found.refusal;
  // What is remembered must not outlive its end; the next question tells what it was that ended.
  if (found.endsAt !== null && found.endsAt.getTime() <= Date.now()) return 'token_expired';
  return found.addresses.allows(address) ? null : 'address_not_allowed';
}
