import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const es256 = (input: string, key: KeyObject): string =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');

const ownKey = createPrivateKey(process.env.JWT_PRIVATE_KEYS!);
const foreignKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

describe('access tokens', () => {
  let app: TestApp;
  let someone: SignedInUser;
  let header: Record<string, unknown>;
  let claims: Record<string, unknown>;
  let outside: Server;
  let outsideCalls = 0;

  beforeAll(async () => {
    app = await TestApp.start();
    someone = await createUser(app);
    const [first, second] = someone.token.split('.') as [string, string];
    header = decode(first);
    claims = decode(second);
    outside = createServer((_request, response) => {
      outsideCalls += 1;
      response.end('{}');
    }).listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    outside.close();
    await app.close();
  });

  /** A token signed with the server's own key unless told otherwise; a member set to undefined is left out. */
  const forge = (changes: { header?: object; claims?: object; key?: KeyObject } = {}): string => {
    const input = `${encode({ ...header, ...changes.header })}.${encode({ ...claims, ...changes.claims })}`;
    return `${input}.${es256(input, changes.key ?? ownKey)}`;
  };
  const read = (token: string) => app.get('/users/me', { token });
  const expectInvalid = async (token: string): Promise<void> => {
    const answer = await read(token);
    expect({ status: answer.statusCode, code: answer.json().code as string }).toEqual({
      status: 401,
      code: 'auth.invalid_token',
    });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="storehouse", error="invalid_token"');
  };
  const now = (): number => Math.floor(Date.now() / 1000);

  it('are JWTs of RFC 9068: ES256, typ at+jwt, a kid, and these claims alone', () => {
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    expect(claims).toEqual({
      iss: 'http://localhost:3000',
      aud: 'storehouse',
      sub: someone.user.id,
      sid: someone.sessionId,
      iat: expect.any(Number),
      exp: (claims.iat as number) + 900,
      jti: expect.any(String),
    });
  });

  it('are accepted when forged with the server’s own key and nothing changed, so that the refusals below mean something', async () => {
    expect((await read(forge())).statusCode).toBe(200);
  });

  describe('signature (RFC 8725 sections 3.1 and 3.2)', () => {
    it.each(['none', 'None', 'nOnE', 'HS256', 'RS256', 'ES384', 'PS256', '', undefined])(
      'refuses alg %s',
      async (alg) => {
        const unsigned = `${encode({ ...header, alg })}.${encode(claims)}`;
        await expectInvalid(`${unsigned}.`);
        await expectInvalid(forge({ header: { alg } }));
      },
    );

    it('TK-4: refuses HS256 signed with the public key as PEM, DER or JWK', async () => {
      const publicKey = createPublicKey(ownKey);
      const secrets = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(publicKey.export({ format: 'jwk' })),
      ];
      for (const secret of secrets) {
        const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
        await expectInvalid(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`);
      }
    });

    it('TK-4: refuses a signature of another key, of another token, of r = s = 0, and an empty one', async () => {
      const [first, second] = someone.token.split('.') as [string, string];
      const other = await createUser(app);
      await expectInvalid(forge({ key: foreignKey }));
      await expectInvalid(`${first}.${second}.${other.token.split('.')[2]}`);
      await expectInvalid(`${first}.${second}.${Buffer.alloc(64).toString('base64url')}`);
      await expectInvalid(`${first}.${second}.`);
      await expectInvalid(`${first}.${second}`);
    });

    it('TK-4: refuses a token with one character changed, wherever it is', async () => {
      const { token } = someone;
      const places = [
        0,
        5,
        token.indexOf('.') + 10,
        token.lastIndexOf('.') - 1,
        token.lastIndexOf('.') + 1,
        token.length - 1,
      ];
      for (const place of places) {
        const changed = token[place] === 'A' ? 'B' : 'A';
        await expectInvalid(token.slice(0, place) + changed + token.slice(place + 1));
      }
    });

    it('refuses another spelling of the same signature', async () => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const { token } = someone;
      // The last character carries two bits of the signature; the other four are spare.
      const sibling = alphabet[alphabet.indexOf(token.at(-1)!) ^ 1]!;
      expect(Buffer.from(token.slice(-86, -1) + sibling, 'base64url')).toEqual(
        Buffer.from(token.slice(-86), 'base64url'),
      );
      await expectInvalid(token.slice(0, -1) + sibling);
    });
  });

  describe('header (RFC 8725 section 3.10)', () => {
    it.each([
      ['an unknown kid', { kid: 'unknown' }],
      ['no kid', { kid: undefined }],
      ['a kid that is a path', { kid: '../../dev/null' }],
      ['a kid that is SQL', { kid: "' or 1=1--" }],
      ['a kid of 10 kB', { kid: 'x'.repeat(10_000) }],
      ['a kid that is an object', { kid: { toString: 'x' } }],
      ['crit', { crit: ['x'], x: true }],
      ['b64: false', { b64: false, crit: ['b64'] }],
      ['zip', { zip: 'DEF' }],
      ['typ JWT', { typ: 'JWT' }],
      ['no typ', { typ: undefined }],
      ['cty', { cty: 'JWT' }],
    ])('refuses %s', async (_, changes) => expectInvalid(forge({ header: changes })));

    it('TK-5: refuses a key or an address of a key that the token brings along, and asks nobody for it', async () => {
      const address = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/keys`;
      const jwk = createPublicKey(foreignKey).export({ format: 'jwk' });
      for (const changes of [{ jwk }, { jku: address }, { x5u: address }, { x5c: ['AAAA'] }]) {
        await expectInvalid(forge({ header: changes }));
        await expectInvalid(forge({ header: changes, key: foreignKey }));
        await expectInvalid(forge({ header: { ...changes, kid: 'mine' }, key: foreignKey }));
      }
      expect(outsideCalls).toBe(0);
    });

    it.each([
      ['an encrypted token', `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
      ['a header that is a list', `${encode('[]')}.${encode('{}')}.${'A'.repeat(86)}`],
      ['a header that is null', `${encode('null')}.${encode('{}')}.${'A'.repeat(86)}`],
      ['a header that is not JSON', `${encode('{')}.${encode('{}')}.${'A'.repeat(86)}`],
      ['rubbish', 'rubbish'],
      ['dots', '..'],
      ['an API key of another kind', 'shk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ])('refuses %s', async (_, token) => expectInvalid(token));
  });

  describe('claims (RFC 7519 section 4.1)', () => {
    it.each([
      ['exp missing', () => ({ exp: undefined })],
      ['exp as text', () => ({ exp: String(now() + 900) })],
      ['exp 1e99', () => ({ exp: 1e99 })],
      ['exp far away', () => ({ exp: now() + 86_400 })],
      ['exp negative', () => ({ exp: -1, iat: -900 })],
      ['exp null', () => ({ exp: null })],
      ['nbf in the future', () => ({ nbf: now() + 60 })],
      ['nbf as text', () => ({ nbf: 'soon' })],
      ['iat in the future', () => ({ iat: now() + 60 })],
      ['iat missing', () => ({ iat: undefined })],
      ['aud missing', () => ({ aud: undefined })],
      ['aud of another service', () => ({ aud: 'elsewhere' })],
      ['aud as a list', () => ({ aud: ['storehouse'] })],
      ['iss missing', () => ({ iss: undefined })],
      ['iss of another server', () => ({ iss: 'https://elsewhere.example' })],
      ['sub missing', () => ({ sub: undefined })],
      ['sub not an id', () => ({ sub: "' or 1=1--" })],
      ['sub of somebody else', () => ({ sub: randomUUID() })],
      ['sid missing', () => ({ sid: undefined })],
      ['sid of no session', () => ({ sid: randomUUID() })],
      ['sid a list', () => ({ sid: [someone.sessionId] })],
      ['jti missing', () => ({ jti: undefined })],
    ])('refuses %s', async (_, changes) => {
      const changed = changes();
      const answer = await read(forge({ claims: changed }));
      expect(answer.statusCode).toBe(401);
      // A negative end is long past; everything else is not a token of ours.
      expect(answer.json().code).toBe(
        'exp' in changed && changed.exp === -1 ? 'auth.token_expired' : 'auth.invalid_token',
      );
    });

    it('TK-6: tells an expired token from a wrong one: auth.token_expired, after 5 s of leeway', async () => {
      // The clock stands still, as seconds may pass while a busy machine reads a token.
      const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
      const within = await read(forge({ claims: { iat: now() - 900, exp: now() - 4 } }));
      clock.mockRestore();
      expect(within.statusCode).toBe(200);
      const answer = await read(forge({ claims: { iat: now() - 900, exp: now() - 6 } }));
      expect(answer.statusCode).toBe(401);
      expect(answer.json().code).toBe('auth.token_expired');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="storehouse", error="invalid_token"');
    });

    it('TK-6: refuses the token of a deleted user', async () => {
      const { user, token } = await createUser(app);
      await app.database.execute(`DELETE FROM users WHERE id = $1`, [user.id]);
      await expectInvalid(token);
    });
  });

  it('TK-7: are no refresh tokens, and refresh tokens are no access tokens', async () => {
    await expectInvalid(someone.refreshToken);
    expect((await app.post('/auth/refresh', { refreshToken: someone.token })).statusCode).toBe(401);
  });

  it('TK-9: stay valid when the key rotates: the first of JWT_PRIVATE_KEYS signs, all verify, and the JWKS lists them', async () => {
    const newPem = foreignKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    // Line breaks written as \n, as systems do that cannot hold them in a setting.
    const rotated = await TestApp.start({
      JWT_PRIVATE_KEYS: `${newPem}${process.env.JWT_PRIVATE_KEYS!}`.replaceAll('\n', '\\n'),
    });
    try {
      expect((await rotated.get('/users/me', { token: someone.token })).statusCode).toBe(200);
      const { token } = await createUser(rotated);
      expect(decode(token.split('.')[0]!).kid).not.toBe(header.kid);
      expect((await rotated.get('/users/me', { token })).statusCode).toBe(200);
      const { keys } = (await rotated.get('//.well-known/jwks.json')).json();
      expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual([decode(token.split('.')[0]!).kid, header.kid]);
      await expectInvalid(token);
    } finally {
      await rotated.close();
    }
  });
});

describe('GET /.well-known/jwks.json', () => {
  it('TK-8: publishes the public members of the signing key, cacheable and with an entity tag', async () => {
    const app = await TestApp.start();
    try {
      const answer = await app.get('//.well-known/jwks.json');
      expect(answer.statusCode).toBe(200);
      const { x, y } = createPublicKey(ownKey).export({ format: 'jwk' });
      expect(answer.json()).toEqual({
        keys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x,
            y,
            kid: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
            alg: 'ES256',
            use: 'sig',
          },
        ],
      });
      expect(answer.headers['cache-control']).toBe('public, max-age=300');
      const again = await app.get('//.well-known/jwks.json', {
        headers: { 'if-none-match': String(answer.headers.etag) },
      });
      expect(again.statusCode).toBe(304);
    } finally {
      await app.close();
    }
  });
});
