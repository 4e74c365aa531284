import { otpauthUrl, newTotpSecret, totpCodeAt, type TotpForm, totpStepOf } from './totp.js';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
/** `1234567890…` in 32 and in 64 bytes, base32. */
const SECRET_32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA';
const SECRET_64 =
  'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA';
const at = (seconds: number): Date => new Date(seconds * 1000);

/** RFC 6238, appendix B. */
const VECTORS: [time: number, sha1: string, sha256: string, sha512: string][] = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
];

describe('TOTP', () => {
  it.each(VECTORS)('agrees with RFC 6238 at %d, in 6 digits and in 8', (time, sha1, sha256, sha512) => {
    const step = Math.floor(time / 30);
    const code = sha1.slice(2);
    expect(totpCodeAt(SECRET, at(time))).toBe(code);
    expect(totpStepOf(SECRET, code, at(time))).toBe(step);
    const others: [string, string, TotpForm][] = [
      [SECRET, sha1, { digits: 8, algorithm: 'sha1' }],
      [SECRET_32, sha256, { digits: 8, algorithm: 'sha256' }],
      [SECRET_64, sha512, { digits: 8, algorithm: 'sha512' }],
    ];
    for (const [secret, expected, form] of others) {
      expect(totpCodeAt(secret, at(time), form)).toBe(expected);
      expect(totpStepOf(secret, expected, at(time), form)).toBe(step);
    }
  });

  it('MF-2: takes the code of the step before, the current one and the next, at both ends of a step', () => {
    const step = 41_152_263;
    for (const now of [at(step * 30), at(step * 30 + 29.999)]) {
      const found = [-3, -2, -1, 0, 1, 2, 3].map((distance) =>
        totpStepOf(SECRET, totpCodeAt(SECRET, at((step + distance) * 30)), now),
      );
      expect(found).toEqual([null, null, step - 1, step, step + 1, null, null]);
    }
  });

  it('MF-4: keeps leading zeros', () => {
    expect(totpCodeAt(SECRET, at(1234567890))).toBe('005924');
  });

  it('MF-5: makes secrets of 160 bits, each another', () => {
    const secrets = Array.from({ length: 100 }, newTotpSecret);
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });
});

describe('otpauthUrl', () => {
  it('MF-5: names issuer and account, percent-encoded', () => {
    expect(otpauthUrl({ issuer: 'Storehouse', account: 'ada@example.com', secret: SECRET })).toBe(
      `otpauth://totp/Storehouse:ada%40example.com?secret=${SECRET}&issuer=Storehouse`,
    );
  });

  it('lets neither colon nor apostrophe nor lone surrogate of a name change what it says', () => {
    const url = otpauthUrl({ issuer: `O'Neil & Co: (best)*`, account: 'a+b:\ud800@x.org', secret: SECRET });
    expect(url.split('?')[0]).toBe('otpauth://totp/O%27Neil%20%26%20Co%3A%20%28best%29%2A:a%2Bb%3A%EF%BF%BD%40x.org');
    expect(new URL(url).searchParams.get('issuer')).toBe(`O'Neil & Co: (best)*`);
  });
});
