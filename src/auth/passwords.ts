import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { WorkQueue } from './passwords/work-queue.js';

/** OWASP's least for argon2id; memory in KiB. A raised value reaches each stored hash at the next sign-in. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** The 256 characters of the longest password, each spelt with up to four code units. */
const LONGEST_UTF16 = 1024;
/** One core is left for everything else that the process serves, and one of libuv's four threads for files and names of hosts. */
const AT_ONCE = Math.max(1, Math.min(availableParallelism() - 1, 3));
/** Two seconds' worth of hashing on one core. */
const MOST_WAITING = 64;

/** The hash of a password that nobody has, made with `PARAMETERS`: what an unknown account is checked against. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$ErARtX5WDrs0ItiwUWMFpw$b5YrS6l9WvKocFQnOrCdvpbiCffcNM5RGK+zyppoh+c';

/**
 * Hashes and checks passwords with argon2id, on libuv's threads and never on the event loop, a few at once and first come first served:
 * whoever signs in must not slow down everybody else. When 64 wait, the next is refused with 503 (`TemporarilyUnavailableError`).
 *
 * Passwords are compared in composed form (NFC), so that one typed on another keyboard still fits; nothing is trimmed or cut.
 */
@Injectable()
export class Passwords {
  private readonly queue = new WorkQueue(AT_ONCE, MOST_WAITING);

  /** How many passwords this process has hashed or checked. */
  get worked(): number {
    return this.queue.done;
  }

  /** @throws TemporarilyUnavailableError when too many wait. */
  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(password.normalize('NFC'), PARAMETERS));
  }

  /**
   * True when the password belongs to the hash. Without a hash the same work is done for nothing, so that the time taken does not tell
   * whether there is an account.
   *
   * @throws TemporarilyUnavailableError when too many wait.
   */
  async verify(storedHash: string | null, password: string): Promise<boolean> {
    // No password is that long, and hashing a megabyte would only cost time.
    const isPossible = password.length <= LONGEST_UTF16;
    const text = isPossible ? password.normalize('NFC') : '';
    const fits = await this.queue.run(() => verify(storedHash ?? DUMMY_HASH, text));
    return fits && isPossible && storedHash !== null;
  }

  /** True when the hash was made with weaker parameters than today's. */
  isOutdated(storedHash: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(storedHash);
    return memoryCost < PARAMETERS.memoryCost || timeCost < PARAMETERS.timeCost || parallelism < PARAMETERS.parallelism;
  }
}
