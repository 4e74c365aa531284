import { applyDecorators, Header } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiExtension } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InvalidRequestError, RateLimitedError } from '../../common/errors/request.errors.js';
import { FORM_TYPE } from '../../common/http/form-body.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { PublicToClients } from '../../common/security/access.decorators.js';
import { InvalidClientError } from './oauth.errors.js';

/** Clients keep their token as long as it works; this is for those that do not. */
const OAUTH_POLICY: RateLimitPolicy = {
  name: 'oauth',
  limit: 240,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'open',
};

/**
 * An endpoint as OAuth wants it: the client proves who it is, sends a form, gets answers that nobody stores, and reads failures in the
 * form of RFC 6749 section 5.2.
 *
 * @param form Describes the members of the form.
 */
export const OAuthEndpoint = (form: new () => object): MethodDecorator =>
  applyDecorators(
    PublicToClients(),
    RouteConfig({ takesForm: true, failures: 'oauth' }),
    Header('cache-control', 'no-store'),
    Header('pragma', 'no-cache'),
    RateLimit(OAUTH_POLICY),
    Idempotent({ ignored: true }),
    ApiExtension('x-oauth', true),
    ApiConsumes(FORM_TYPE),
    ApiBody({ type: form }),
    ApiProblems(InvalidRequestError, InvalidClientError, RateLimitedError),
  );
