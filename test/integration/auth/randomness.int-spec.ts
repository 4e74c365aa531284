import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeyText } from '../../../src/auth/api-keys/key-text.js';
import { MAIL_TOKEN } from '../../../src/auth/accounts/account-tokens.service.js';
import { newTotpSecret } from '../../../src/auth/mfa/totp.js';

const SAMPLES = 10_000;

describe('secrets', () => {
  it.each<[string, () => string, number]>([
    ['tokens of mails', () => MAIL_TOKEN.create(), 256],
    ['API keys', () => newKeyText().key, 256],
    ['authenticator secrets', newTotpSecret, 160],
  ])('OP-5: %s never repeat, and every place in them takes every value', (_, make, bits) => {
    const samples = Array.from({ length: SAMPLES }, make);
    expect(new Set(samples).size).toBe(SAMPLES);
    // Shannon entropy summed over the places: what is constant, such as a prefix, adds nothing.
    const [first] = samples;
    const entropy = [...first!].reduce((sum, _character, place) => {
      const counts = new Map<string, number>();
      for (const sample of samples) counts.set(sample[place]!, (counts.get(sample[place]!) ?? 0) + 1);
      return sum - [...counts.values()].reduce((part, n) => part + (n / SAMPLES) * Math.log2(n / SAMPLES), 0);
    }, 0);
    expect(entropy).toBeGreaterThan(bits * 0.98);
  });

  it('OP-5: no weak source of chance and no broken hash is in the code', async () => {
    const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
    const found: string[] = [];
    for (const name of names) {
      const text = await readFile(join('src', name), 'utf8');
      if (/Math\.random\(|createHash\(['"](md5|sha1)['"]|createHmac\(['"](md5|sha1)['"]/.test(text)) found.push(name);
    }
    expect(names.length).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });
});
