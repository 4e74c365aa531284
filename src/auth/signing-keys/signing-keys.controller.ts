import { Body, Controller, Get, Header, HttpCode, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { FreshLogin, Public, RequireScopes } from '../../common/security/access.decorators.js';
import { JwksDto, RotateSigningKeyDto, SigningKeyListDto, toSigningKeyList } from './dto/signing-key.dto.js';
import { JWKS_MAX_AGE_SECONDS, SigningKeys } from './signing-keys.js';

@ApiTags('signing-keys')
@Controller('signing-keys')
@RequireScopes('settings:write')
export class SigningKeysController {
  constructor(private readonly keys: SigningKeys) {}

  /** Lists the keys that verify access tokens. */
  @Get()
  findAll(): SigningKeyListDto {
    return toSigningKeyList(this.keys.all(), this.keys.current.kid);
  }

  /**
   * Makes a new signing key.
   *
   * No instance needs a restart. It is published at once and signs after five minutes, when everybody who verifies tokens has had time to see it; the tokens of the
   * others stay good until they run out.
   */
  @Post('rotate')
  @HttpCode(200)
  @FreshLogin()
  @Idempotent({ spansTransactions: true })
  async rotate(@Body() { isUrgent }: RotateSigningKeyDto): Promise<SigningKeyListDto> {
    await this.keys.rotate({ isUrgent });
    return this.findAll();
  }
}

@ApiTags('signing-keys')
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /** Publishes the keys that access tokens are signed with. */
  @Get('jwks.json')
  @Public()
  @Header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
  findAll(): JwksDto {
    return this.keys.jwks;
  }
}
