import type { Environment } from '../../config/environment.js';
import { RelyingParty } from './relying-party.js';

const partyOf = (settings: Partial<Environment> = {}): RelyingParty =>
  new RelyingParty({
    PUBLIC_URL: 'https://shop.example:8443/api',
    CORS_ORIGINS: [],
    WEBAUTHN_ORIGINS: [],
    MAIL_FROM: 'The Shop <no-reply@shop.example>',
    ...settings,
  } as Environment);

describe('RelyingParty', () => {
  it('is the host of PUBLIC_URL, and takes passkeys from its origin', () => {
    expect(partyOf()).toEqual({ id: 'shop.example', name: 'The Shop', origins: ['https://shop.example:8443'] });
  });

  it('takes passkeys from the pages of the shop too', () => {
    const settings = { STOREFRONT_URL: 'https://www.shop.example/de', CORS_ORIGINS: ['http://localhost:5173'] };
    expect(partyOf(settings).origins).toEqual([
      'https://shop.example:8443',
      'https://www.shop.example',
      'http://localhost:5173',
    ]);
  });

  it('is what the settings say', () => {
    const settings = { WEBAUTHN_RP_ID: 'example', WEBAUTHN_ORIGINS: ['android:apk-key-hash:x'] };
    expect(partyOf(settings)).toMatchObject({ id: 'example', origins: ['android:apk-key-hash:x'] });
  });

  it.each([
    ['"Ada & Co" <a@shop.example>', 'Ada & Co'],
    ['  The Shop   <a@shop.example>', 'The Shop'],
    ['<a@shop.example>', 'shop.example'],
    ['a@shop.example', 'shop.example'],
    [`${'x'.repeat(100)} <a@shop.example>`, 'x'.repeat(64)],
  ])('is called by the name of the sender: %s', (MAIL_FROM, name) => expect(partyOf({ MAIL_FROM }).name).toBe(name));
});
