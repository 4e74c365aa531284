import { Body, Controller, Delete, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiQuery, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, Public, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { InvalidCredentialsError } from '../auth.errors.js';
import {
  ApiSignInOutcome,
  SecondFactorRequiredDto,
  type SignInOutcomeDto,
  SignInResponseDto,
  toSignInOutcome,
} from '../dto/sign-in.dto.js';
import { ClientDevice, type Device } from '../sessions.service.js';
import { AUTHORIZATION_SECONDS, AuthorizationRequests } from './authorization-requests.service.js';
import {
  browserMark,
  browserOf,
  LONGEST_VALUE,
  newBrowser,
  readProviderAnswer,
  setBrowser,
} from './browser-request.js';
import {
  AuthorizationResponseDto,
  BeginOidcDto,
  ConfirmIdentityDto,
  IdentityListDto,
  IdentityResponseDto,
  LinkIdentityDto,
  OidcProviderListDto,
  OidcResultDto,
  ProvenIdentityDto,
  toIdentityResponse,
  toProviderList,
} from './dto/oidc.dto.js';
import { type CallbackOutcome, FederatedSignIns, RESULT_SECONDS } from './federated-sign-ins.service.js';
import { IdentitiesService } from './identities.service.js';
import { IdentityProviders } from './identity-providers.js';
import {
  IdentityNotFoundError,
  IdentityTakenError,
  InvalidOidcResultError,
  InvalidOidcStateError,
  LastSignInMethodError,
  LinkRequiredError,
  OidcDeniedError,
  OidcEmailUnverifiedError,
  OidcFailedError,
  OidcProviderNotFoundError,
  OidcUnavailableError,
} from './oidc.errors.js';

/** Beginning a sign-in writes a row and may ask the provider. */
const BEGIN_POLICY = attempts('oidc-begin', 30, 60);
/** What ends a sign-in: callbacks and result codes. */
const END_POLICY = attempts('oidc-end', 30, 60);
const LINK_POLICY: RateLimitPolicy = { ...attempts('identity-link', 10, 60), per: 'caller' };

const BOUNDED = { type: 'string', maxLength: LONGEST_VALUE } as const;

@ApiTags('identities')
@ApiExtraModels(AuthorizationResponseDto, ProvenIdentityDto, SignInResponseDto, SecondFactorRequiredDto)
@Controller('auth/oidc')
@Public({ credentials: 'ignored' })
export class OidcController {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly requests: AuthorizationRequests,
    private readonly signIns: FederatedSignIns,
  ) {}

  /** Lists the providers to sign in with. For the buttons of a sign-in page. */
  @Get()
  findAll(): OidcProviderListDto {
    return toProviderList(this.providers.all());
  }

  /**
   * Begins a sign-in at a provider. A page leads the browser here, not `fetch`.
   *
   * Redirects to the provider; a client that asks for `application/json` gets the address instead. Either way the answer sets a cookie, and
   * only a browser that has it can finish (within ten minutes): whoever takes the JSON has to keep the cookie as well.
   */
  @Get(':provider')
  @RateLimit(BEGIN_POLICY)
  @ApiResponse({ status: 200, schema: { $ref: getSchemaPath(AuthorizationResponseDto) } })
  @ApiResponse({ status: 302, description: 'To the provider.' })
  @ApiProblems(OidcProviderNotFoundError, OidcUnavailableError, InvalidRequestError)
  async begin(
    @Param('provider') provider: string,
    @Query() { redirectUri, codeChallenge }: BeginOidcDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // One value for all that a browser has begun, so that two tabs do not disturb each other.
    const browser = browserOf(request) ?? newBrowser();
    const purpose = { kind: 'sign_in', browser: browserMark(browser), codeChallenge: codeChallenge ?? null } as const;
    const authorizationUrl = await this.requests.open(
      { provider, redirectUri: redirectUri ?? null, purpose },
      '?redirectUri',
    );
    setBrowser(reply, browser, AUTHORIZATION_SECONDS);
    void reply.header('vary', 'Authorization, Origin, Accept');
    if (asksForJson(request)) await reply.send({ authorizationUrl, expiresIn: AUTHORIZATION_SECONDS });
    else await reply.redirect(authorizationUrl, 302);
  }

  /**
   * Where a provider sends the browser back to.
   *
   * With the `redirectUri` of the beginning, redirects there with `#code=…`, for `POST /auth/oidc/result` (or, when an account was to be
   * linked, `POST /auth/identities/confirm`), or with `#error=<code of the problem>`. Without, answers itself. A newcomer gets an account if
   * the provider has verified the e-mail address and there is no account with it; an account there is has to be linked by its owner.
   */
  @Get(':provider/callback')
  @RateLimit(END_POLICY)
  @ApiQuery({ name: 'state', schema: BOUNDED, description: 'From the request to the provider.' })
  @ApiQuery({ name: 'code', schema: BOUNDED, required: false, description: 'What the provider gives for a proof.' })
  @ApiQuery({ name: 'error', schema: BOUNDED, required: false, description: 'Why it gives none.' })
  @ApiQuery({ name: 'iss', schema: BOUNDED, required: false, description: 'Who answers (RFC 9207).' })
  @ApiResponse({
    status: 200,
    description: 'Signed in, or one step short of it; or proven, and to be confirmed.',
    schema: {
      oneOf: [SignInResponseDto, SecondFactorRequiredDto, ProvenIdentityDto].map((dto) => ({
        $ref: getSchemaPath(dto),
      })),
    },
  })
  @ApiResponse({ status: 302, description: 'To the page that waits for the result.' })
  @ApiProblems(
    OidcProviderNotFoundError,
    InvalidRequestError,
    InvalidOidcStateError,
    OidcDeniedError,
    OidcFailedError,
    OidcUnavailableError,
    OidcEmailUnverifiedError,
    LinkRequiredError,
    InvalidCredentialsError,
  )
  async callback(
    @Param('provider') provider: string,
    @Query() query: Record<string, unknown>,
    @ClientDevice() device: Device,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = readProviderAnswer(query);
    const outcome = await this.signIns.take(provider, answer, browserOf(request), device);
    if (outcome.kind === 'redirect') await reply.redirect(outcome.location, 302);
    else await reply.send(toCallbackAnswer(outcome));
  }

  /** Trades the code of a sign-in for the session. A page gets the code at the end of a sign-in. With a second factor, the answer asks for it. */
  @Post('result')
  @HttpCode(200)
  @RateLimit(END_POLICY)
  @ApiSignInOutcome()
  @ApiProblems(InvalidOidcResultError, InvalidCredentialsError)
  async result(
    @Body() { code, codeVerifier }: OidcResultDto,
    @ClientDevice() device: Device,
  ): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.signIns.signIn(code, codeVerifier, device));
  }
}

/** True for programs; browsers that follow a link name `text/html` first. */
function asksForJson({ headers: { accept = '' } }: FastifyRequest): boolean {
  const types = accept.split(',').map((range) => range.split(';', 1)[0]!.trim().toLowerCase());
  return types.includes('application/json') && !types.includes('text/html');
}

function toCallbackAnswer(
  outcome: Exclude<CallbackOutcome, { kind: 'redirect' }>,
): SignInOutcomeDto | ProvenIdentityDto {
  return outcome.kind === 'proven'
    ? { code: outcome.code, expiresIn: RESULT_SECONDS }
    : toSignInOutcome(outcome.outcome);
}

@ApiTags('identities')
@Controller('auth/identities')
@SignedIn()
export class IdentitiesController {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly requests: AuthorizationRequests,
    private readonly signIns: FederatedSignIns,
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
  @RateLimit(LINK_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(OidcProviderNotFoundError, OidcUnavailableError)
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
  @RateLimit(LINK_POLICY)
  @Location('auth/identities/:id')
  @ApiProblems(InvalidOidcResultError, IdentityTakenError)
  async confirm(
    @Body() { code }: ConfirmIdentityDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<IdentityResponseDto> {
    return toIdentityResponse(await this.signIns.link(code, user));
  }

  /** Takes a provider away. Refused when nothing else would open the account. */
  @Delete(':id')
  @HttpCode(204)
  @FreshLogin()
  @ApiProblems(IdentityNotFoundError, LastSignInMethodError)
  remove(@Param('id', UuidParam) id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.identities.unlink(user.id, id);
  }
}
