import { Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { PersonalData } from '../users/personal-data.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { AdminBootstrap } from './admin-bootstrap.service.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { RecoveryCode } from './mfa/entities/recovery-code.entity.js';
import { TotpCredential } from './mfa/entities/totp-credential.entity.js';
import { Passkey } from './passkeys/entities/passkey.entity.js';
import { RefreshToken } from './entities/refresh-token.entity.js';
import { Session } from './entities/session.entity.js';
import { ImpersonationController } from './impersonation/impersonation.controller.js';
import { ImpersonationService } from './impersonation/impersonation.service.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KnownAddressesRepository } from './known-addresses.repository.js';
import { LoginThrottle } from './login-throttle.js';
import { NewPasswords } from './new-passwords.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { PasswordPolicy } from './password-policy.js';
import { LeakedPasswords } from './passwords/leaked-passwords.js';
import { PasswordStrength } from './passwords/password-strength.js';
import { Passwords } from './passwords.js';
import { SignInPrivacyRepository } from './privacy/sign-in-privacy.repository.js';
import { SignInSections } from './privacy/sign-in-sections.js';
import { RouteAccessCheck } from './route-access-check.js';
import { ScopesGuard } from './scopes.guard.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { ChallengesRepository } from './sign-in/challenges.repository.js';
import { Challenges } from './sign-in/challenges.service.js';
import { AuthChallenge } from './sign-in/entities/auth-challenge.entity.js';
import { SecondFactorsRepository } from './sign-in/second-factors.repository.js';
import { SecondSteps } from './sign-in/second-steps.service.js';
import { SignIns } from './sign-in/sign-ins.service.js';
import { SigningKeyRow } from './signing-keys/entities/signing-key-row.entity.js';
import { JwksController } from './signing-keys/jwks.controller.js';
import { SigningKeysController } from './signing-keys/signing-keys.controller.js';
import { SigningKeysRepository } from './signing-keys/signing-keys.repository.js';
import { SigningKeys } from './signing-keys/signing-keys.js';
import { UserSessionsController } from './user-sessions.controller.js';
import { UserSessionsService } from './user-sessions.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      Session,
      RefreshToken,
      AuthChallenge,
      TotpCredential,
      RecoveryCode,
      Passkey,
      SigningKeyRow,
    ]),
    UsersModule,
    ApiKeysModule,
    OAuthModule,
    DiscoveryModule,
  ],
  controllers: [
    AuthController,
    SessionsController,
    UserSessionsController,
    ImpersonationController,
    SigningKeysController,
    JwksController,
  ],
  providers: [
    AuthService,
    SessionsService,
    UserSessionsService,
    ImpersonationService,
    SessionsRepository,
    SignIns,
    Challenges,
    ChallengesRepository,
    SecondFactorsRepository,
    SecondSteps,
    AccessTokens,
    SigningKeys,
    SigningKeysRepository,
    Passwords,
    PasswordPolicy,
    NewPasswords,
    LeakedPasswords,
    PasswordStrength,
    LoginThrottle,
    KnownAddressesRepository,
    JwtStrategy,
    JwtAuthGuard,
    ScopesGuard,
    AdminBootstrap,
    RouteAccessCheck,
    SignInSections,
    SignInPrivacyRepository,
  ],
  exports: [
    JwtAuthGuard,
    ScopesGuard,
    SignIns,
    Challenges,
    SecondSteps,
    SecondFactorsRepository,
    SessionsService,
    AccessTokens,
    Passwords,
    NewPasswords,
    LoginThrottle,
  ],
})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly sessions: SessionsService,
    private readonly challenges: Challenges,
    private readonly signingKeys: SigningKeys,
    private readonly personal: SignInSections,
    private readonly personalData: PersonalData,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    for (const section of this.personal.all()) this.personalData.add(section);
    this.retention.add({ name: 'sessions', purge: (limit) => this.sessions.purgeEnded(limit) });
    this.retention.add({ name: 'challenges', purge: (limit) => this.challenges.purgeEnded(limit) });
    this.retention.add({ name: 'signing keys', purge: (limit) => this.signingKeys.purgeRetired(limit) });
  }
}
