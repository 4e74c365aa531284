import { canonicalRecoveryCode, newRecoveryCode, RECOVERY_CODE_FORM } from './second-factor-code.js';

describe('recovery codes', () => {
  it('MF-6: are of 80 random bits, in four groups that are easy to read', () => {
    const codes = Array.from({ length: 1000 }, newRecoveryCode);
    expect(new Set(codes).size).toBe(1000);
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
    // 32 characters, each at about a thirty-second of all places.
    const counts = new Map<string, number>();
    for (const character of codes.join('').replaceAll('-', '')) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(32);
  });

  it.each(['k7qd-3mwf-9xbn-t2hz', 'K7QD3MWF9XBNT2HZ', 'k7qd 3mwf 9xbn t2hz', 'k7Qd-3mwf9xbn t2hz'])(
    'are found under any spelling: %s',
    (typed) => {
      expect(typed).toMatch(RECOVERY_CODE_FORM);
      expect(canonicalRecoveryCode(typed)).toBe('k7qd3mwf9xbnt2hz');
    },
  );

  it('take letters that look like digits for the digits', () => {
    expect(canonicalRecoveryCode('OoIi-lL00-1111-zzzz')).toBe('001111001111zzzz');
  });

  it.each(['', '005924', '00 5924', 'k7qd-3mwf-9xbn-t2h', 'k7qd-3mwf-9xbn-t2hzz', 'k7qd--3mwf-9xbn-t2hz'])(
    'do not look like %j',
    (typed) => expect(typed).not.toMatch(RECOVERY_CODE_FORM),
  );
});
