import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../common/security/access.decorators.js';
import { JwksDto } from './dto/jwks.dto.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('auth')
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /** Publishes the keys that access tokens are signed with. */
  @Get('jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  findAll(): JwksDto {
    return { keys: [...this.keys.jwks.keys] };
  }
}
