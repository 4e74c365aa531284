import { Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { AdminBootstrap } from './admin-bootstrap.service.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { RecoveryCode } from './mfa/entities/recovery-code.entity.js';
import { TotpCredential } from './mfa/entities/totp-credential.entity.js';
import { Passkey } from './passkeys/entities/passkey.entity.js';
import { RefreshToken } from './entities/refresh-token.entity.js';
import { Session } from './entities/session.entity.js';
import { JwksController } from './jwks.controller.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LoginThrottle } from './login-throttle.js';
import { PasswordPolicy } from './password-policy.js';
import { Passwords } from './passwords.js';
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
import { SigningKeys } from './signing-keys.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Session, RefreshToken, AuthChallenge, TotpCredential, RecoveryCode, Passkey]),
    UsersModule,
    DiscoveryModule,
  ],
  controllers: [AuthController, SessionsController, JwksController],
  providers: [
    AuthService,
    SessionsService,
    SessionsRepository,
    SignIns,
    Challenges,
    ChallengesRepository,
    SecondFactorsRepository,
    SecondSteps,
    AccessTokens,
    SigningKeys,
    Passwords,
    PasswordPolicy,
    LoginThrottle,
    JwtStrategy,
    JwtAuthGuard,
    ScopesGuard,
    AdminBootstrap,
    RouteAccessCheck,
  ],
  exports: [JwtAuthGuard, ScopesGuard],
})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly sessions: SessionsService,
    private readonly challenges: Challenges,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'sessions', purge: (limit) => this.sessions.purgeEnded(limit) });
    this.retention.add({ name: 'challenges', purge: (limit) => this.challenges.purgeEnded(limit) });
  }
}
