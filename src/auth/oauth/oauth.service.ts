import { Injectable } from '@nestjs/common';
import { InvalidRequestError, InvalidTokenError, AddressNotAllowedError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import { inOrder } from '../../common/security/scopes.js';
import { Environment } from '../../config/environment.js';
import { hashOf, isKeyLike } from '../api-keys/key-text.js';
import { MachineRecognition } from '../api-keys/machine-recognition.service.js';
import { type ClientRequest, OAuthClients } from './oauth-clients.service.js';
import {
  InvalidClientError,
  InvalidScopeError,
  UnsupportedGrantTypeError,
  UnsupportedTokenTypeError,
} from '../api-keys/api-keys.errors.js';
import { OAuthTokensRepository } from './oauth-tokens.repository.js';

const ACCESS_TOKEN = new OpaqueToken('sha_');
const LONGEST_QUOTE = 40;

/** A token that has just been issued. */
export interface IssuedToken {
  accessToken: string;
  expiresIn: number;
  scopes: readonly string[];
}

/** A token that works, as its own client may see it. */
export interface LivingToken {
  clientId: string;
  scopes: readonly string[];
  createdAt: Date;
  expiresAt: Date;
}

/**
 * OAuth 2.0 for service accounts: the client credentials grant (RFC 6749 section 4.4), revocation (RFC 7009) and introspection
 * (RFC 7662). Access tokens are opaque; what they allow is read from their key at each use.
 */
@Injectable()
export class OAuthService {
  constructor(
    private readonly clients: OAuthClients,
    private readonly machines: MachineRecognition,
    private readonly tokens: OAuthTokensRepository,
    private readonly environment: Environment,
  ) {}

  /**
   * Trades a key for a token that works for `ACCESS_TOKEN_TTL` seconds, but no longer than the key.
   *
   * @throws InvalidRequestError without `grant_type`; UnsupportedGrantTypeError, InvalidClientError, InvalidScopeError, RateLimitedError.
   */
  async issue(request: ClientRequest): Promise<IssuedToken> {
    if (required(request.form, 'grant_type') !== 'client_credentials') throw new UnsupportedGrantTypeError();
    const client = await this.clients.authenticate(request);
    const scopes = narrowed(client.scopes, request.form.get('scope'));
    const accessToken = ACCESS_TOKEN.create();
    const expiresIn = await this.tokens.insert({
      id: newId(),
      keyId: client.keyId,
      tokenHash: hashOf(accessToken),
      secretHash: hashOf(client.secret),
      scopes,
      ttlSeconds: this.environment.ACCESS_TOKEN_TTL,
    });
    if (expiresIn === null) throw new InvalidClientError();
    return { accessToken, expiresIn, scopes };
  }

  /**
   * Ends a token of the client; nothing happens for one that is unknown, over or another client's (RFC 7009 section 2.2).
   *
   * @throws InvalidClientError, RateLimitedError; InvalidRequestError without `token`; UnsupportedTokenTypeError for an API key.
   */
  async revoke(request: ClientRequest): Promise<void> {
    const client = await this.clients.authenticate(request);
    const token = required(request.form, 'token');
    if (isKeyLike(token)) throw new UnsupportedTokenTypeError();
    if (await this.tokens.revoke(hashOf(token), client.keyId)) this.machines.forget();
  }

  /**
   * What a token of the client is good for; null for one that is unknown, over or another client's (RFC 7662 section 2.2).
   *
   * @throws InvalidClientError, RateLimitedError; InvalidRequestError without `token`.
   */
  async introspect(request: ClientRequest): Promise<LivingToken | null> {
    const client = await this.clients.authenticate(request);
    const token = required(request.form, 'token');
    const found = await this.tokens.find(hashOf(token), client.keyId);
    if (!found) return null;
    try {
      const machine = await this.machines.recognise(token, request.address);
      const { createdAt, expiresAt } = found;
      const scopes = inOrder([...machine.scopes]);
      return { clientId: client.keyId, scopes, createdAt, expiresAt: machine.endsAt ?? expiresAt };
    } catch (error) {
      if (error instanceof InvalidTokenError || error instanceof AddressNotAllowedError) return null;
      throw error;
    }
  }
}

function required(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw InvalidRequestError.of(`/${name}`, 'required', 'must be sent');
  return value;
}

/**
 * The scopes of a token: those that are asked for, or all that the client has.
 *
 * @throws InvalidScopeError for one that there is not, that the client does not have, or when the client has none left.
 */
function narrowed(held: ReadonlySet<string>, asked: string | undefined): string[] {
  const names = asked?.split(' ').filter((name) => name !== '') ?? [...held];
  if (names.length === 0) throw new InvalidScopeError('The client has no scope that its creator still holds.');
  const refused = names.find((name) => !held.has(name));
  if (refused !== undefined) {
    throw new InvalidScopeError(`The client does not have the scope ${refused.slice(0, LONGEST_QUOTE)}.`);
  }
  return inOrder([...new Set(names)]);
}
