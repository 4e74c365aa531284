import { availableParallelism } from 'node:os';
import { hash } from '@node-rs/argon2';
import { TemporarilyUnavailableError } from '../common/errors/request.errors.js';
import { DUMMY_HASH, Passwords } from './passwords.js';

describe('Passwords', () => {
  const passwords = new Passwords();

  it('PW-9: hashes with argon2id, 19 MiB, two passes, one lane, and a salt of its own each time', async () => {
    const [first, second] = await Promise.all([
      passwords.hash('seven quiet otters'),
      passwords.hash('seven quiet otters'),
    ]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
  });

  it('accepts the same characters in another composition, and nothing else', async () => {
    const stored = await passwords.hash('caf\u00e9 au lait, s\u2019il vous');
    await expect(passwords.verify(stored, 'cafe\u0301 au lait, s\u2019il vous')).resolves.toBe(true);
    await expect(passwords.verify(stored, 'Caf\u00e9 au lait, s\u2019il vous')).resolves.toBe(false);
    await expect(passwords.verify(stored, 'caf\u00e9 au lait, s\u2019il vous ')).resolves.toBe(false);
  });

  it('tells passwords apart that differ only after byte 72, up to the longest allowed', async () => {
    const long = 'ж'.repeat(255);
    const stored = await passwords.hash(`${long}a`);
    await expect(passwords.verify(stored, `${long}b`)).resolves.toBe(false);
    await expect(passwords.verify(stored, long.slice(0, 36))).resolves.toBe(false);
    await expect(passwords.verify(stored, `${long}a`)).resolves.toBe(true);
  });

  it('does the work of a check when there is no account: the dummy has the parameters of new hashes', async () => {
    const parameters = /^\$argon2id\$v=19\$[^$]+\$/;
    expect(parameters.exec(DUMMY_HASH)?.[0]).toBe(parameters.exec(await passwords.hash('any'))?.[0]);
    await expect(passwords.verify(null, 'any')).resolves.toBe(false);
  });

  it('PW-9: calls a hash outdated when any parameter is below today’s', async () => {
    const weak = await hash('any', { memoryCost: 8_192, timeCost: 2, parallelism: 1 });
    expect(passwords.isOutdated(weak)).toBe(true);
    expect(passwords.isOutdated(DUMMY_HASH)).toBe(false);
  });

  it('PW-9: leaves a hash with stronger parameters alone', async () => {
    const strong = await hash('any', { memoryCost: 32_768, timeCost: 3, parallelism: 1 });
    expect(passwords.isOutdated(strong)).toBe(false);
    await expect(passwords.verify(strong, 'any')).resolves.toBe(true);
  });

  it('works on few at once and lets 64 wait; the next is refused at once with 503, and counts as no work', async () => {
    const busy = new Passwords();
    const atOnce = Math.max(1, Math.min(availableParallelism() - 1, 3));
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => busy.verify(null, 'any')));
    const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(100 - 64 - atOnce);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(TemporarilyUnavailableError);
    expect(busy.worked).toBe(64 + atOnce);
    await expect(busy.verify(null, 'any')).resolves.toBe(false);
  });
});
