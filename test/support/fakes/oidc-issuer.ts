import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';
import { type ReceivedRequest, WebServer } from './web-server.js';

export const CLIENT = { id: 'shop', secret: 'a-secret-of-the-shop-and-the-provider' };

/** What a provider knows of somebody. */
export interface PersonAtProvider {
  email?: string;
  email_verified?: boolean;
  name?: string;
}

/** How a person in front of the provider behaves. */
interface Visit {
  /** Who they are there. */
  account?: string;
  /** Refuses to let the shop know. */
  refuses?: boolean;
}

/** A real OpenID Connect provider (`oidc-provider`), on a loopback port. */
export class RealOidcProvider {
  private readonly people = new Map<string, PersonAtProvider>();

  private constructor(private readonly server: WebServer) {}

  static async start(callbackUrls: string[]): Promise<RealOidcProvider> {
    const server = await WebServer.start();
    const issuer = new RealOidcProvider(server);
    const provider = new Provider(server.origin, await issuer.configuration(callbackUrls));
    const answer = provider.callback();
    server.serve((request, response) => {
      if (!request.url!.startsWith('/interaction/')) return void answer(request, response);
      issuer.interact(provider, request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    return issuer;
  }

  get issuer(): string {
    return this.server.origin;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Somebody new. @returns their subject. */
  addPerson(person: PersonAtProvider): string {
    const subject = randomUUID();
    this.people.set(subject, person);
    return subject;
  }

  change(subject: string, person: PersonAtProvider): void {
    this.people.set(subject, person);
  }

  /** Goes through sign-in and consent as a browser would. @returns the address that the browser is sent back to. */
  async visit(authorizationUrl: string, { account, refuses = false }: Visit): Promise<URL> {
    const cookies = new Map<string, string>();
    let url = new URL(authorizationUrl);
    for (let hop = 0; hop < 10; hop++) {
      const answer = await fetch(url, {
        redirect: 'manual',
        headers: {
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          'x-account': account ?? '',
          'x-refuses': String(refuses),
        },
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [name, value] = cookie.split(';', 1)[0]!.split(/=(.*)/s) as [string, string];
        cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      if (!location) throw new Error(`The provider answered ${answer.status}: ${await answer.text()}`);
      url = new URL(location, url);
      if (url.origin !== this.issuer) return url;
    }
    throw new Error('The provider sends the browser in circles');
  }

  private async configuration(callbackUrls: string[]): Promise<Configuration> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    return {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: callbackUrls }],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'real', use: 'sig', alg: 'RS256' }] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      cookies: { keys: [randomUUID()] },
      ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
      findAccount: (_, accountId) => ({
        accountId,
        claims: () => Promise.resolve({ sub: accountId, ...this.people.get(accountId) }),
      }),
    };
  }

  /** Stands in for the pages on which people sign in and consent. */
  private async interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (request.headers['x-refuses'] === 'true') {
      return provider.interactionFinished(request, response, { error: 'access_denied' });
    }
    if (prompt.name === 'login') {
      const accountId = String(request.headers['x-account']);
      return provider.interactionFinished(request, response, { login: { accountId } });
    }
    const grant = new provider.Grant({ accountId: session!.accountId, clientId: params.client_id as string });
    grant.addOIDCScope(params.scope as string);
    const grantId = await grant.save();
    return provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
  }
}

type Claims = JWTPayload & Record<string, unknown>;

/** What a misbehaving issuer answers instead of what it should. */
interface Misbehaviour {
  claims?: Claims;
  /** Signs with this key, under this id, in place of its own. */
  key?: { privateKey: CryptoKey; kid: string };
  /** Sends an ID token that nobody has signed. */
  isUnsigned?: boolean;
  /** Answers every call with this status. */
  status?: number;
  /** Never answers. */
  hangs?: boolean;
  /** What the token endpoint refuses with. */
  tokenError?: { status: number; error: string };
}

/** An issuer made by hand, for what a real one never does. Codes are `code of <subject>`. */
export class MisbehavingIssuer {
  misbehaviour: Misbehaviour = {};
  /** How often the keys were asked for. */
  keysAsked = 0;
  /** PKCE challenge and nonce of each code handed out. */
  private readonly codes = new Map<string, { subject: string; challenge: string; nonce: string }>();
  private key!: { privateKey: CryptoKey; kid: string };
  private keys: JWK[] = [];
  private server!: WebServer;

  static async start(): Promise<MisbehavingIssuer> {
    const issuer = new MisbehavingIssuer();
    issuer.server = await WebServer.answering((request) => issuer.answer(request));
    await issuer.rotate();
    return issuer;
  }

  get issuer(): string {
    return this.server.origin;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Signs with a new key from now on; the old one is gone. */
  async rotate(): Promise<void> {
    const kid = randomUUID();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    this.key = { privateKey, kid };
    this.keys = [{ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' }];
  }

  /** What a browser would bring back for this person. */
  visit(authorizationUrl: string, subject: string, more: Record<string, string> = {}): URL {
    const { searchParams } = new URL(authorizationUrl);
    const code = randomUUID();
    const [challenge, nonce] = [searchParams.get('code_challenge')!, searchParams.get('nonce')!];
    this.codes.set(code, { subject, challenge, nonce });
    const back = new URL(searchParams.get('redirect_uri')!);
    back.search = new URLSearchParams({ code, state: searchParams.get('state')!, ...more }).toString();
    return back;
  }

  private async answer({ url, form }: ReceivedRequest): Promise<{ status?: number; json?: unknown }> {
    if (this.misbehaviour.hangs) return new Promise(() => undefined);
    if (this.misbehaviour.status !== undefined) return { status: this.misbehaviour.status };
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return { json: this.metadata() };
      case '/jwks':
        this.keysAsked += 1;
        return { json: { keys: this.keys } };
      case '/token':
        return this.tokens(form);
      default:
        return { status: 404 };
    }
  }

  private metadata(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'none'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  private async tokens(form: URLSearchParams): Promise<{ status?: number; json: unknown }> {
    const { tokenError } = this.misbehaviour;
    if (tokenError) return { status: tokenError.status, json: { error: tokenError.error } };
    const code = this.codes.get(form.get('code') ?? '');
    this.codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code?.challenge !== challenge) return { status: 400, json: { error: 'invalid_grant' } };
    if (form.get('client_secret') !== CLIENT.secret) return { status: 401, json: { error: 'invalid_client' } };
    const now = Math.floor(Date.now() / 1000);
    const claims: Claims = {
      iss: this.issuer,
      aud: CLIENT.id,
      sub: code.subject,
      nonce: code.nonce,
      iat: now,
      exp: now + 300,
      email: `${code.subject}@example.com`,
      email_verified: true,
      ...this.misbehaviour.claims,
    };
    return { json: { access_token: randomUUID(), token_type: 'Bearer', id_token: await this.idToken(claims) } };
  }

  private idToken(claims: Claims): Promise<string> | string {
    if (this.misbehaviour.isUnsigned) {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${part({ alg: 'none' })}.${part(claims)}.`;
    }
    const { privateKey, kid } = this.misbehaviour.key ?? this.key;
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
  }
}
