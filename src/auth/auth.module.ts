import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailModule } from '../mail/mail.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { AccountPasswords, StoredPasswords } from './accounts/account-passwords.service.js';
import { AccountTokensRepository } from './accounts/account-tokens.repository.js';
import { AccountTokens, RightfulOwner } from './accounts/account-tokens.service.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { EmailChangeService } from './accounts/email-change.service.js';
import { AccountToken, EmailChange } from './accounts/entities/account-token.entity.js';
import { RegistrationService } from './accounts/registration.service.js';
import { AdminBootstrap } from './admin-bootstrap.service.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ApiKey, OAuthAccessToken } from './api-keys/entities/api-key.entity.js';
import { MachineRecognition } from './api-keys/machine-recognition.service.js';
import { MachinesRepository } from './api-keys/machines.repository.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { RefreshToken, Session } from './entities/session.entity.js';
import { ImpersonationController } from './impersonation/impersonation.controller.js';
import { ImpersonationService } from './impersonation/impersonation.service.js';
import { AcceptInviteController } from './invites/accept-invite.controller.js';
import { AcceptInviteService } from './invites/accept-invite.service.js';
import { KeptData } from './kept-data.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { SessionsRepository } from './sessions.repository.js';
import { MfaChallengeController, MfaController } from './mfa/mfa.controller.js';
import { MfaChallengeService } from './mfa/mfa-challenge.service.js';
import { RecoveryCode, TotpCredential } from './mfa/entities/second-factors.entity.js';
import { SecondFactorsRepository } from './mfa/second-factors.repository.js';
import { SecondFactors } from './mfa/second-factors.service.js';
import { SecondFactorCodes } from './mfa/second-factor-codes.service.js';
import { TotpService } from './mfa/totp.service.js';
import { PasswordPolicy } from './password-policy.js';
import { OAuthClients } from './oauth/oauth-clients.service.js';
import { OAuthController, OAuthMetadataController } from './oauth/oauth.controller.js';
import { OAuthTokensRepository } from './oauth/oauth-tokens.repository.js';
import { OAuthService } from './oauth/oauth.service.js';
import { AuthorizationRequests } from './oidc/authorization-requests.service.js';
import { Identity } from './oidc/entities/identity.entity.js';
import { IdentitiesService } from './oidc/identities.service.js';
import { FederatedSignIns } from './oidc/federated-sign-ins.service.js';
import { IdentitiesController, OidcController } from './oidc/oidc.controller.js';
import { IdentitiesRepository } from './oidc/identities.repository.js';
import { IdentityProviders } from './oidc/identity-providers.js';
import { Passkey } from './passkeys/entities/passkey.entity.js';
import { PasskeyAssertions } from './passkeys/passkey-assertions.service.js';
import { PasskeyLoginController, PasskeysController } from './passkeys/passkeys.controller.js';
import { PasskeysService } from './passkeys/passkeys.service.js';
import { PasskeysRepository } from './passkeys/passkeys.repository.js';
import { RelyingParty } from './passkeys/relying-party.js';
import { Passwords } from './passwords.js';
import { LeakedPasswords } from './passwords/leaked-passwords.js';
import { PasswordStrength } from './passwords/password-strength.js';
import { RouteAccessCheck } from './route-access-check.js';
import { ScopesGuard } from './scopes.guard.js';
import { SessionsController, UserSessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';
import { Challenges } from './sign-in/challenges.repository.js';
import { AuthChallenge } from './sign-in/entities/auth-challenge.entity.js';
import { SignIns } from './sign-in/sign-ins.service.js';
import { SigningKeyRow } from './signing-keys/entities/signing-key-row.entity.js';
import { JwksController, SigningKeysController } from './signing-keys/signing-keys.controller.js';
import { SigningKeys } from './signing-keys/signing-keys.js';
import { SigningKeysRepository } from './signing-keys/signing-keys.repository.js';
import { ProofCheck, StepUpService } from './step-up/step-up.service.js';
import { StandingCredentials } from './standing-credentials.service.js';
import { StepUpController } from './step-up/step-up.controller.js';
import { AccountThrottles } from './throttles.js';

const CREDENTIALS = [Passwords, PasswordPolicy, LeakedPasswords, PasswordStrength, AccountThrottles];
const SESSIONS = [SessionsService, SessionsRepository];
const TOKENS = [AccessTokens, SigningKeys, SigningKeysRepository];
const SIGN_INS = [AuthService, SignIns, Challenges];
const ACCOUNTS = [
  RegistrationService,
  AccountTokens,
  AccountTokensRepository,
  RightfulOwner,
  AccountPasswords,
  StoredPasswords,
  EmailChangeService,
];
const SECOND_FACTORS = [SecondFactors, SecondFactorCodes, SecondFactorsRepository, TotpService, MfaChallengeService];
const PASSKEYS = [PasskeysService, PasskeysRepository, PasskeyAssertions, RelyingParty];
const PROVIDERS = [IdentityProviders, IdentitiesService, IdentitiesRepository, AuthorizationRequests, FederatedSignIns];
const MACHINES = [
  ApiKeysService,
  ApiKeysRepository,
  MachineRecognition,
  MachinesRepository,
  OAuthService,
  OAuthClients,
  OAuthTokensRepository,
];
const STAFF = [AcceptInviteService, ImpersonationService, ProofCheck, StepUpService, AdminBootstrap];

/** Who calls and what they may do; making accounts and signing in to them, in every way there is; keys for machines. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Session, RefreshToken, AuthChallenge, AccountToken, EmailChange, SigningKeyRow]),
    TypeOrmModule.forFeature([TotpCredential, RecoveryCode, Passkey, Identity, ApiKey, OAuthAccessToken]),
    UsersModule,
    MailModule,
    DiscoveryModule,
  ],
  controllers: [
    AuthController,
    SessionsController,
    UserSessionsController,
    ImpersonationController,
    SigningKeysController,
    JwksController,
    ApiKeysController,
    OAuthController,
    OAuthMetadataController,
    AccountsController,
    OidcController,
    IdentitiesController,
    MfaController,
    PasskeyLoginController,
    PasskeysController,
    MfaChallengeController,
    StepUpController,
    AcceptInviteController,
  ],
  providers: [
    ...CREDENTIALS,
    ...SESSIONS,
    ...TOKENS,
    ...SIGN_INS,
    ...ACCOUNTS,
    ...SECOND_FACTORS,
    ...PASSKEYS,
    ...PROVIDERS,
    ...MACHINES,
    ...STAFF,
    KeptData,
    JwtStrategy,
    JwtAuthGuard,
    ScopesGuard,
    RouteAccessCheck,
    StandingCredentials,
  ],
  exports: [JwtAuthGuard, ScopesGuard, StandingCredentials, AuthService, MfaChallengeService, SessionsService],
})
export class AuthModule {}
