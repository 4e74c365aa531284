import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../common/security/access.decorators.js';
import { Environment } from '../../config/environment.js';
import {
  AuthorizationServerMetadataDto,
  authorizationServerMetadata,
  ProtectedResourceMetadataDto,
  protectedResourceMetadata,
} from './dto/oauth-metadata.dto.js';

@ApiTags('auth')
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
