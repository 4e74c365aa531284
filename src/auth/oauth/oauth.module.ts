import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { OAuthAccessToken } from './entities/oauth-access-token.entity.js';
import { OAuthClients } from './oauth-clients.service.js';
import { OAuthMetadataController } from './oauth-metadata.controller.js';
import { OAuthTokensRepository } from './oauth-tokens.repository.js';
import { OAuthController } from './oauth.controller.js';
import { OAuthService } from './oauth.service.js';

/** OAuth 2.0 for service accounts: short-lived tokens for API keys. */
@Module({
  imports: [TypeOrmModule.forFeature([OAuthAccessToken]), ApiKeysModule],
  controllers: [OAuthController, OAuthMetadataController],
  providers: [OAuthService, OAuthClients, OAuthTokensRepository],
})
export class OAuthModule implements OnModuleInit {
  constructor(
    private readonly oauth: OAuthService,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'OAuth access tokens', purge: (limit) => this.oauth.purgeEnded(limit) });
  }
}
