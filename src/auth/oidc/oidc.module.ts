import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailModule } from '../../mail/mail.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { AuthModule } from '../auth.module.js';
import { AuthorizationRequests } from './authorization-requests.service.js';
import { Identity } from './entities/identity.entity.js';
import { FederatedAccounts } from './federated-accounts.service.js';
import { FederatedResults } from './federated-results.service.js';
import { IdentitiesController } from './identities.controller.js';
import { IdentitiesRepository } from './identities.repository.js';
import { IdentitiesService } from './identities.service.js';
import { IdentityProviders } from './identity-providers.js';
import { OidcCallbacks } from './oidc-callbacks.service.js';
import { OidcController } from './oidc.controller.js';
import { ReturnAddresses } from './return-addresses.js';

/** Signing in with somebody else's word for it: OpenID Connect providers and GitHub. */
@Module({
  imports: [TypeOrmModule.forFeature([Identity]), AuthModule, UsersModule, MailModule],
  controllers: [OidcController, IdentitiesController],
  providers: [
    AuthorizationRequests,
    FederatedAccounts,
    FederatedResults,
    IdentitiesRepository,
    IdentitiesService,
    IdentityProviders,
    OidcCallbacks,
    ReturnAddresses,
  ],
})
export class OidcModule implements OnModuleInit {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'identities',
      description: 'Sign-in providers that are linked to your account.',
      export: (userId) => this.identities.export(userId),
      erase: (userId) => this.identities.erase(userId),
    });
  }
}
