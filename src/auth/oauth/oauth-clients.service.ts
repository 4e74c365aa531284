import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain.error.js';
import {
  AddressNotAllowedError,
  InvalidRequestError,
  InvalidTokenError,
  RateLimitedError,
} from '../../common/errors/request.errors.js';
import { clientNetwork } from '../../common/http/client-address.js';
import { decodeFormText } from '../../common/http/form-body.js';
import { isUuid } from '../../common/ids.js';
import { attempts, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { isKeyLike } from '../api-keys/key-text.js';
import { type Machine, MachineRecognition } from '../api-keys/machine-recognition.service.js';
import { InvalidClientError } from '../api-keys/api-keys.errors.js';

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** Who a client says it is, and what it shows for it. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/**
 * The credentials of a client: of the `Authorization` header, or of the form, but not of both (RFC 6749 section 2.3).
 *
 * @throws InvalidClientError when there are none, or none that could be a client's; InvalidRequestError for two of them.
 */
export function clientCredentialsOf(
  authorization: string | undefined,
  form: ReadonlyMap<string, string>,
): ClientCredentials {
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (authorization === undefined) {
    if (id === undefined || secret === undefined)
      throw new InvalidClientError('Send client_id and client_secret, by HTTP Basic authentication or in the form.');
    return checked({ clientId: id, clientSecret: secret });
  }
  if (secret !== undefined) {
    throw InvalidRequestError.of('/client_secret', 'single', 'must not be sent beside the Authorization header');
  }
  const credentials = checked(basicCredentialsOf(authorization));
  if (id !== undefined && id.toLowerCase() !== credentials.clientId) {
    throw InvalidRequestError.of('/client_id', 'same', 'must be that of the Authorization header');
  }
  return credentials;
}

/** Name and secret are each form-encoded before they are joined (RFC 6749 section 2.3.1). */
function basicCredentialsOf(authorization: string): ClientCredentials {
  const encoded = BASIC.exec(authorization)?.[1];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) throw new InvalidClientError('The Authorization header must be that of HTTP Basic authentication.');
  try {
    return { clientId: decodeFormText(pair.slice(0, colon)), clientSecret: decodeFormText(pair.slice(colon + 1)) };
  } catch (error) {
    if (error instanceof DomainError) throw new InvalidClientError();
    throw error;
  }
}

/** @throws InvalidClientError for a name that no client has, so that nothing is asked or counted under it. */
function checked({ clientId, clientSecret }: ClientCredentials): ClientCredentials {
  if (!isUuid(clientId)) throw new InvalidClientError();
  return { clientId: clientId.toLowerCase(), clientSecret };
}

/**
 * Failures only: a service account signs in as often as it must, and what somebody else gets wrong cannot lock it out. A secret of 256
 * bits cannot be guessed, so that failures go on without Redis, counted in each process.
 */
const FAILURES_PER_ADDRESS: RateLimitPolicy = { ...attempts('oauth-failures', 20, 60), withoutRedis: 'open' };
const FAILURES_PER_CLIENT: RateLimitPolicy = { ...attempts('oauth-client-failures', 20, 300), withoutRedis: 'open' };

/** What a client sends to prove who it is. */
export interface ClientRequest {
  authorization: string | undefined;
  form: ReadonlyMap<string, string>;
  address: string;
}

/** A client that has proved who it is. */
export interface OAuthClient extends Machine {
  /** The secret it proved it with. */
  secret: string;
}

/** Recognises OAuth clients: each is an API key, with the id as its name and the key as its secret. */
@Injectable()
export class OAuthClients {
  constructor(
    private readonly machines: MachineRecognition,
    private readonly limiter: RateLimiter,
  ) {}

  /**
   * The client that makes a request.
   *
   * @throws InvalidClientError when it is none, its secret is wrong or ended, or it may not be used from there; InvalidRequestError when
   * it says who it is in two ways; RateLimitedError after too many failures from one address or for one client.
   */
  async authenticate({ authorization, form, address }: ClientRequest): Promise<OAuthClient> {
    let credentials: ClientCredentials | undefined;
    try {
      credentials = clientCredentialsOf(authorization, form);
      return await this.recognise(credentials, address);
    } catch (error) {
      if (error instanceof InvalidClientError) await this.countFailure(credentials?.clientId, address);
      throw error;
    }
  }

  private async recognise({ clientId, clientSecret }: ClientCredentials, address: string): Promise<OAuthClient> {
    // A token is no secret, or it could be traded for its own successor for ever.
    if (!isKeyLike(clientSecret)) throw new InvalidClientError();
    try {
      const machine = await this.machines.recognise(clientSecret, address);
      if (machine.keyId !== clientId) throw new InvalidClientError();
      return { ...machine, secret: clientSecret };
    } catch (error) {
      if (error instanceof InvalidTokenError || error instanceof AddressNotAllowedError) throw new InvalidClientError();
      throw error;
    }
  }

  /** @throws RateLimitedError */
  private async countFailure(clientId: string | undefined, address: string): Promise<void> {
    const counted = [await this.limiter.take(FAILURES_PER_ADDRESS, `address:${clientNetwork(address)}`)];
    if (clientId !== undefined) counted.push(await this.limiter.take(FAILURES_PER_CLIENT, `client:${clientId}`));
    const exceeded = counted.filter(({ isExceeded }) => isExceeded).map(({ resetSeconds }) => resetSeconds);
    if (exceeded.length > 0) throw new RateLimitedError(FAILURES_PER_ADDRESS.name, Math.max(...exceeded));
  }
}
