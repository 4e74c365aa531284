import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../common/errors/domain.error.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { decodeFormText } from '../../common/http/form-body.js';
import { isUuid } from '../../common/ids.js';
import { InvalidClientError } from './oauth.errors.js';

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

/** Hands a handler the `Authorization` header as it came. */
export const AuthorizationHeader = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined =>
    context.switchToHttp().getRequest<FastifyRequest>().headers.authorization,
);

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
