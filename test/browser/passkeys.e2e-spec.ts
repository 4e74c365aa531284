import type { Browser, Page } from 'playwright-core';
import { freePort } from '../support/free-port.js';
import { buildUser } from '../factories/user.factory.js';
import { launchChromium } from '../support/chromium.js';
import { TestApp } from '../support/test-app.js';

const PASSWORD = 'seven quiet otters swim';

interface Answer {
  status: number;
  body: ReturnType<JSON['parse']>;
}

/** The functions of a page that TypeScript's library for Node does not know. */
interface PasskeyApi {
  PublicKeyCredential: {
    parseCreationOptionsFromJSON(options: object): object;
    parseRequestOptionsFromJSON(options: object): object;
  };
  navigator: {
    credentials: Record<'create' | 'get', (options: { publicKey: object }) => Promise<{ toJSON(): object }>>;
  };
}

/** A shop front that uses passkeys, on a page of our origin: what it does, it does with the browser's own functions. */
class ShopFront {
  token: string | undefined;

  constructor(private readonly page: Page) {}

  /** Sends a request from the page. */
  async send(method: string, path: string, body?: object): Promise<Answer> {
    return this.page.evaluate(
      async ([verb, address, payload, token]) => {
        const response = await fetch(address, {
          method: verb,
          headers: {
            ...(payload === null ? {} : { 'content-type': 'application/json' }),
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          },
          body: payload,
        });
        const text = await response.text();
        return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
      },
      [method, `/api/v1${path}`, body ? JSON.stringify(body) : null, this.token ?? null] as const,
    );
  }

  /** Lets the authenticator make a passkey. */
  create(options: object): Promise<object> {
    return this.page.evaluate(async (given) => {
      const { PublicKeyCredential, navigator } = globalThis as unknown as PasskeyApi;
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given);
      return (await navigator.credentials.create({ publicKey })).toJSON();
    }, options);
  }

  /** Lets the authenticator use one. */
  get(options: object): Promise<object> {
    return this.page.evaluate(async (given) => {
      const { PublicKeyCredential, navigator } = globalThis as unknown as PasskeyApi;
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given);
      return (await navigator.credentials.get({ publicKey })).toJSON();
    }, options);
  }
}

/** A phone with a fingerprint reader, which always recognises its owner. */
async function plugInAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

// A browser that shares two cores with everything else may take its time; what it shows is what is tested.
jest.setTimeout(300_000);

describe('passkeys in a browser', () => {
  let app: TestApp;
  let url: string;
  let browser: Browser | undefined;

  beforeAll(async () => {
    // The port is part of the origin that passkeys are bound to, so it has to be known before the start.
    const port = await freePort();
    url = `http://localhost:${port}`;
    app = await TestApp.start({ PUBLIC_URL: url });
    await app.app.listen(port, '127.0.0.1');
    browser = await launchChromium('Passkeys are');
  });
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });

  it('MF-8: enrol, sign in without a password, are the second factor after one, and make a session fresh', async () => {
    if (!browser) return;
    const page = await browser.newPage();
    await page.goto(`${url}/docs`);
    await plugInAuthenticator(page);
    const shop = new ShopFront(page);

    const { email } = buildUser();
    const registered = await shop.send('POST', '/auth/register', { email, password: PASSWORD });
    expect(registered.status).toBe(201);
    shop.token = registered.body.accessToken;
    const userId = registered.body.user.id;

    const begun = await shop.send('POST', '/auth/passkeys/options');
    const credential = await shop.create(begun.body.options);
    const added = await shop.send('POST', '/auth/passkeys', { token: begun.body.token, name: 'Phone', credential });
    expect(added).toMatchObject({ status: 201, body: { name: 'Phone', transports: ['internal'] } });
    expect(added.body.recoveryCodes).toHaveLength(10);
    const again = await shop.send('POST', '/auth/passkeys/options');
    await expect(shop.create(again.body.options)).rejects.toThrow('InvalidStateError');
    expect((await shop.send('POST', '/auth/logout')).status).toBe(204);
    shop.token = undefined;

    const answerLogin = async (): Promise<object> => {
      const { token, options } = (await shop.send('POST', '/auth/passkeys/login/options')).body;
      return { token, credential: await shop.get(options) };
    };
    const signedIn = await shop.send('POST', '/auth/passkeys/login', await answerLogin());
    expect(signedIn).toMatchObject({ status: 200, body: { user: { id: userId, email } } });

    const first = await shop.send('POST', '/auth/login', { email, password: PASSWORD });
    expect(first).toMatchObject({ status: 200, body: { mfaRequired: true, methods: ['passkey', 'recovery_code'] } });
    const { challengeToken } = first.body;
    const { token, options } = (await shop.send('POST', '/auth/mfa/challenge/passkey-options', { challengeToken }))
      .body;
    const passkey = { token, credential: await shop.get(options) };
    const second = await shop.send('POST', '/auth/mfa/challenge', { challengeToken, passkey });
    expect(second).toMatchObject({ status: 200, body: { user: { id: userId } } });

    await app.database.execute(
      `UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE user_id = $1`,
      [userId],
    );
    shop.token = second.body.accessToken;
    const change = () => shop.send('POST', '/auth/mfa/recovery-codes');
    expect(await change()).toMatchObject({ status: 401, body: { code: 'auth.fresh_login_required' } });
    expect((await shop.send('POST', '/auth/step-up', { passkey: await answerLogin() })).status).toBe(204);
    expect(await change()).toMatchObject({ status: 200 });
  });
});
