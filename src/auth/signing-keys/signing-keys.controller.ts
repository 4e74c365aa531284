import { Body, Controller, Get, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { FreshLogin, RequireScopes } from '../../common/security/access.decorators.js';
import { RotateSigningKeyDto } from './dto/rotate-signing-key.dto.js';
import { SigningKeyListDto, toSigningKeyList } from './dto/signing-key-response.dto.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('auth')
@Controller({ path: 'signing-keys', version: '1' })
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
