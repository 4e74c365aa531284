import { Controller, HttpCode, Ip } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { FormMembers } from '../../common/http/form-body.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { Environment } from '../../config/environment.js';
import { AuthorizationHeader } from './client-credentials.js';
import { TokenFormDto, TokenRequestDto } from './dto/oauth-request.dto.js';
import {
  IntrospectionResponseDto,
  toIntrospectionResponse,
  TokenResponseDto,
  toTokenResponse,
} from './dto/oauth-response.dto.js';
import { OAuthEndpoint } from './oauth-endpoint.decorator.js';
import { InvalidScopeError, UnsupportedGrantTypeError, UnsupportedTokenTypeError } from './oauth.errors.js';
import { OAuthService } from './oauth.service.js';

@ApiTags('auth')
@Controller({ path: 'oauth', version: '1' })
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
  async issueToken(
    @AuthorizationHeader() authorization: string | undefined,
    @FormMembers() form: ReadonlyMap<string, string>,
    @Ip() address: string,
  ): Promise<TokenResponseDto> {
    return toTokenResponse(await this.oauth.issue({ authorization, form, address }));
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
  async revoke(
    @AuthorizationHeader() authorization: string | undefined,
    @FormMembers() form: ReadonlyMap<string, string>,
    @Ip() address: string,
  ): Promise<void> {
    await this.oauth.revoke({ authorization, form, address });
  }

  /** Tells about one of your access tokens (RFC 7662). */
  @Post('introspect')
  @HttpCode(200)
  @OAuthEndpoint(TokenFormDto)
  async introspect(
    @AuthorizationHeader() authorization: string | undefined,
    @FormMembers() form: ReadonlyMap<string, string>,
    @Ip() address: string,
  ): Promise<IntrospectionResponseDto> {
    const token = await this.oauth.introspect({ authorization, form, address });
    return toIntrospectionResponse(token, this.environment.PUBLIC_URL);
  }
}
