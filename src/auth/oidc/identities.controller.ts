import { Body, Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { AUTHORIZATION_SECONDS, AuthorizationRequests } from './authorization-requests.service.js';
import { IdentityListDto, IdentityResponseDto, toIdentityResponse } from './dto/identity-response.dto.js';
import { ConfirmIdentityDto, LinkIdentityDto } from './dto/oidc-request.dto.js';
import { AuthorizationResponseDto } from './dto/oidc-response.dto.js';
import { FederatedResults } from './federated-results.service.js';
import { IdentitiesService } from './identities.service.js';
import {
  IdentityNotFoundError,
  IdentityTakenError,
  InvalidOidcResultError,
  LastSignInMethodError,
  OidcProviderNotFoundError,
  OidcUnavailableError,
} from './oidc.errors.js';
import { IDENTITY_LINK_POLICY } from './oidc.policies.js';

@ApiTags('auth')
@Controller({ path: 'auth/identities', version: '1' })
@SignedIn()
export class IdentitiesController {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly requests: AuthorizationRequests,
    private readonly results: FederatedResults,
  ) {}

  /** Lists the providers that open your account. Oldest first; one identity of each at most. */
  @Get()
  async findAll(@CurrentUser() user: AuthenticatedUser): Promise<IdentityListDto> {
    return { data: (await this.identities.list(user.id)).map(toIdentityResponse) };
  }

  /** Reads one of your identities. */
  @Get(':id')
  @ApiProblems(IdentityNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<IdentityResponseDto> {
    return toIdentityResponse(await this.identities.get(user.id, id));
  }

  /**
   * Begins to link a provider to your account. Lead the browser to `authorizationUrl`.
   *
   * What comes back, to `redirectUri` or as the answer of the callback, is a code that has to be confirmed within a minute, in this session.
   */
  @Post()
  @HttpCode(200)
  @FreshLogin()
  @RateLimit(IDENTITY_LINK_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(OidcProviderNotFoundError, OidcUnavailableError, RateLimitedError)
  async link(
    @Body() { provider, redirectUri }: LinkIdentityDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<AuthorizationResponseDto> {
    const purpose = { kind: 'link', userId: user.id, sessionId: user.sessionId } as const;
    const authorizationUrl = await this.requests.open(
      { provider, redirectUri: redirectUri ?? null, purpose },
      '/redirectUri',
    );
    return { authorizationUrl, expiresIn: AUTHORIZATION_SECONDS };
  }

  /** Links the identity that was proven at the provider. Only the session that began can. */
  @Post('confirm')
  @RateLimit(IDENTITY_LINK_POLICY)
  @Location('auth/identities/:id')
  @ApiProblems(InvalidOidcResultError, IdentityTakenError, RateLimitedError)
  async confirm(
    @Body() { code }: ConfirmIdentityDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<IdentityResponseDto> {
    return toIdentityResponse(await this.results.link(code, user));
  }

  /** Takes a provider away. Refused when nothing else would open the account. */
  @Delete(':id')
  @HttpCode(204)
  @FreshLogin()
  @ApiProblems(IdentityNotFoundError, LastSignInMethodError)
  async remove(@Param('id', UuidParam) id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.identities.unlink(user.id, id);
  }
}
