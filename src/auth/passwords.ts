import { Injectable } from '@nestjs/common';
import { hash, parseOptions, verify } from '@node-rs/argon2';

/** OWASP's least for argon2id; memory in KiB. A raised value reaches each stored hash at the next sign-in. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** The 256 characters of the longest password, each spelt with up to four code units. */
const LONGEST_UTF16 = 1024;

/** The hash of a password that nobody has, made with `PARAMETERS`: what an unknown account is checked against. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$ErARtX5WDrs0ItiwUWMFpw$b5YrS6l9WvKocFQnOrCdvpbiCffcNM5RGK+zyppoh+c';

/**
 * Hashes and checks passwords with argon2id, on libuv's threads and never on the event loop.
 *
 * Passwords are compared in composed form (NFC), so that one typed on another keyboard still fits; nothing is trimmed or cut.
 */
@Injectable()
export class Passwords {
  hash(password: string): Promise<string> {
    return hash(password.normalize('NFC'), PARAMETERS);
  }

  /**
   * True when the password belongs to the hash. Without a hash the same work is done for nothing, so that the time taken does not tell
   * whether there is an account.
   */
  async verify(storedHash: string | null, password: string): Promise<boolean> {
    // No password is that long, and hashing a megabyte would only cost time.
    const isPossible = password.length <= LONGEST_UTF16;
    const fits = await verify(storedHash ?? DUMMY_HASH, isPossible ? password.normalize('NFC') : '');
    return fits && isPossible && storedHash !== null;
  }

  /** True when the hash was made with weaker parameters than today's. */
  isOutdated(storedHash: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(storedHash);
    return memoryCost < PARAMETERS.memoryCost || timeCost < PARAMETERS.timeCost || parallelism < PARAMETERS.parallelism;
  }
}
