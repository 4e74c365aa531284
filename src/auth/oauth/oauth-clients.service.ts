import { Injectable } from '@nestjs/common';
import { AddressNotAllowedError, InvalidTokenError, RateLimitedError } from '../../common/errors/request.errors.js';
import { clientNetwork } from '../../common/http/client-address.js';
import type { RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { isKeyLike } from '../api-keys/key-text.js';
import { type Machine, MachineRecognition } from '../api-keys/machine-recognition.service.js';
import { type ClientCredentials, clientCredentialsOf } from './client-credentials.js';
import { InvalidClientError } from './oauth.errors.js';

/**
 * Failures only: a service account signs in as often as it must, and what somebody else gets wrong cannot lock it out. A secret of 256
 * bits cannot be guessed, so that failures go on without Redis, counted in each process.
 */
const FAILURES_PER_ADDRESS: RateLimitPolicy = {
  name: 'oauth-failures',
  limit: 20,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'open',
};
const FAILURES_PER_CLIENT: RateLimitPolicy = {
  name: 'oauth-client-failures',
  limit: 20,
  windowSeconds: 300,
  per: 'address',
  withoutRedis: 'open',
};

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
