import { Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { AdminBootstrap } from './admin-bootstrap.service.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { RefreshToken } from './entities/refresh-token.entity.js';
import { Session } from './entities/session.entity.js';
import { JwksController } from './jwks.controller.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LoginThrottle } from './login-throttle.js';
import { Passwords } from './passwords.js';
import { RouteAccessCheck } from './route-access-check.js';
import { ScopesGuard } from './scopes.guard.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SigningKeys } from './signing-keys.js';

@Module({
  imports: [TypeOrmModule.forFeature([Session, RefreshToken]), UsersModule, DiscoveryModule],
  controllers: [AuthController, SessionsController, JwksController],
  providers: [
    AuthService,
    SessionsService,
    SessionsRepository,
    AccessTokens,
    SigningKeys,
    Passwords,
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
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'sessions', purge: (limit) => this.sessions.purgeEnded(limit) });
  }
}
