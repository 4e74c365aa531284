import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../common/security/access.decorators.js';
import { JwksDto } from '../dto/jwks.dto.js';
import { JWKS_MAX_AGE_SECONDS, SigningKeys } from './signing-keys.js';

@ApiTags('auth')
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
