import { Body, Controller, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiQuery, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InvalidRequestError, RateLimitedError } from '../../common/errors/request.errors.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../common/security/access.decorators.js';
import { InvalidCredentialsError } from '../auth.errors.js';
import { ClientDevice } from '../client-device.decorator.js';
import {
  ApiSignInOutcome,
  SecondFactorRequiredDto,
  type SignInOutcomeDto,
  toSignInOutcome,
} from '../dto/sign-in-outcome.dto.js';
import { SignInResponseDto } from '../dto/sign-in-response.dto.js';
import type { Device } from '../sessions.service.js';
import { AUTHORIZATION_SECONDS, AuthorizationRequests } from './authorization-requests.service.js';
import { browserMark, browserOf, newBrowser, setBrowser } from './browser-binding.js';
import { BeginOidcDto, OidcResultDto } from './dto/oidc-request.dto.js';
import {
  AuthorizationResponseDto,
  OidcProviderListDto,
  ProvenIdentityDto,
  toProviderList,
} from './dto/oidc-response.dto.js';
import { FederatedResults, RESULT_SECONDS } from './federated-results.service.js';
import { IdentityProviders } from './identity-providers.js';
import { type CallbackOutcome, OidcCallbacks } from './oidc-callbacks.service.js';
import {
  InvalidOidcResultError,
  InvalidOidcStateError,
  LinkRequiredError,
  OidcDeniedError,
  OidcEmailUnverifiedError,
  OidcFailedError,
  OidcProviderNotFoundError,
  OidcUnavailableError,
} from './oidc.errors.js';
import { OIDC_BEGIN_POLICY, OIDC_END_POLICY } from './oidc.policies.js';
import { LONGEST_VALUE, readProviderAnswer } from './provider-answer.js';

const BOUNDED = { type: 'string', maxLength: LONGEST_VALUE } as const;

@ApiTags('auth')
@ApiExtraModels(AuthorizationResponseDto, ProvenIdentityDto, SignInResponseDto, SecondFactorRequiredDto)
@Controller({ path: 'auth/oidc', version: '1' })
@Public({ credentials: 'ignored' })
export class OidcController {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly requests: AuthorizationRequests,
    private readonly callbacks: OidcCallbacks,
    private readonly results: FederatedResults,
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
  @RateLimit(OIDC_BEGIN_POLICY)
  @ApiResponse({ status: 200, schema: { $ref: getSchemaPath(AuthorizationResponseDto) } })
  @ApiResponse({ status: 302, description: 'To the provider.' })
  @ApiProblems(OidcProviderNotFoundError, OidcUnavailableError, InvalidRequestError, RateLimitedError)
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
  @RateLimit(OIDC_END_POLICY)
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
    RateLimitedError,
  )
  async callback(
    @Param('provider') provider: string,
    @Query() query: Record<string, unknown>,
    @ClientDevice() device: Device,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = readProviderAnswer(query);
    const outcome = await this.callbacks.take(provider, answer, browserOf(request), device);
    if (outcome.kind === 'redirect') await reply.redirect(outcome.location, 302);
    else await reply.send(toCallbackAnswer(outcome));
  }

  /** Trades the code of a sign-in for the session. A page gets the code at the end of a sign-in. With a second factor, the answer asks for it. */
  @Post('result')
  @HttpCode(200)
  @RateLimit(OIDC_END_POLICY)
  @ApiSignInOutcome()
  @ApiProblems(InvalidOidcResultError, InvalidCredentialsError, RateLimitedError)
  async result(
    @Body() { code, codeVerifier }: OidcResultDto,
    @ClientDevice() device: Device,
  ): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.results.signIn(code, codeVerifier, device));
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
