import {
  applyDecorators,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiExtension, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { FORM_TYPE, formMembersOf } from '../../common/http/form-body.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public, PublicToClients } from '../../common/security/access.decorators.js';
import { Environment } from '../../config/environment.js';
import {
  InvalidClientError,
  InvalidScopeError,
  UnsupportedGrantTypeError,
  UnsupportedTokenTypeError,
} from '../api-keys/api-keys.errors.js';
import {
  authorizationServerMetadata,
  AuthorizationServerMetadataDto,
  IntrospectionResponseDto,
  protectedResourceMetadata,
  ProtectedResourceMetadataDto,
  toIntrospectionResponse,
  TokenFormDto,
  TokenRequestDto,
  TokenResponseDto,
  toTokenResponse,
} from './dto/oauth.dto.js';
import type { ClientRequest } from './oauth-clients.service.js';
import { OAuthService } from './oauth.service.js';

/** Clients keep their token as long as it works; this is for those that do not. */
const OAUTH_POLICY: RateLimitPolicy = { ...attempts('oauth', 240, 60), withoutRedis: 'open' };

/**
 * An endpoint as OAuth wants it: the client proves who it is, sends a form, gets answers that nobody stores, and reads failures in the
 * form of RFC 6749 section 5.2.
 *
 * @param form Describes the members of the form.
 */
const OAuthEndpoint = (form: new () => object): MethodDecorator =>
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
    ApiProblems(InvalidClientError),
  );

/** Hands a handler what a client sends: its credentials, and the members of the form. */
const SentByClient = createParamDecorator((_: unknown, context: ExecutionContext): ClientRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { authorization: request.headers.authorization, form: formMembersOf(request), address: request.ip };
});

@ApiTags('oauth')
@Controller('oauth')
export class OAuthController {
  constructor(
    private readonly oauth: OAuthService,
    private readonly environment: Environment,
  ) {}

  /**
   * Trades an API key for an access token.
   *
   * OAuth 2.0 client credentials (RFC 6749 section 4.4): the id of the key is the `client_id`, the key the `client_secret`, sent by HTTP
   * Basic authentication or in the form. The token ends with the key, and with the secret it was got with.
   */
  @Post('token')
  @HttpCode(200)
  @OAuthEndpoint(TokenRequestDto)
  @ApiProblems(UnsupportedGrantTypeError, InvalidScopeError)
  async issueToken(@SentByClient() request: ClientRequest): Promise<TokenResponseDto> {
    return toTokenResponse(await this.oauth.issue(request));
  }

  /** Ends one of your access tokens (RFC 7009). The answer is the same when there is none. */
  @Post('revoke')
  @HttpCode(200)
  @OAuthEndpoint(TokenFormDto)
  @ApiResponse({
    status: 200,
    description: 'The token does not work (any more). There is no body to read.',
    content: {},
  })
  @ApiProblems(UnsupportedTokenTypeError)
  revoke(@SentByClient() request: ClientRequest): Promise<void> {
    return this.oauth.revoke(request);
  }

  /** Tells about one of your access tokens (RFC 7662). */
  @Post('introspect')
  @HttpCode(200)
  @OAuthEndpoint(TokenFormDto)
  async introspect(@SentByClient() request: ClientRequest): Promise<IntrospectionResponseDto> {
    const token = await this.oauth.introspect(request);
    return toIntrospectionResponse(token, this.environment.PUBLIC_URL);
  }
}

@ApiTags('oauth')
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class OAuthMetadataController {
  constructor(private readonly environment: Environment) {}

  /** Describes how service accounts get tokens (RFC 8414). */
  @Get('oauth-authorization-server')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  authorizationServer(): AuthorizationServerMetadataDto {
    return authorizationServerMetadata(this.environment.PUBLIC_URL);
  }

  /** Names the server whose tokens are taken (RFC 9728). */
  @Get('oauth-protected-resource')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  protectedResource(): ProtectedResourceMetadataDto {
    return protectedResourceMetadata(this.environment.PUBLIC_URL);
  }
}
