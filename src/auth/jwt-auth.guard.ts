import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/errors/domain.error.js';
import { AuthenticationRequiredError, InvalidTokenError, TokenExpiredError } from '../common/errors/request.errors.js';
import { accessOf } from '../common/security/access.decorators.js';
import { anonymousAt, type AuthenticatedUser, type Principal } from '../common/security/principal.js';
import { MachineRecognition } from './api-keys/machine-recognition.service.js';
import { bearerToken, checkCredentials, refuseSeveral } from './bearer-token.js';
import { JwtStrategy, type RecognisedSession } from './jwt.strategy.js';

/**
 * Finds out who calls, on every route. Nobody passes only where the route says `@Public()`.
 *
 * Credentials that are sent must be good, on public routes too: whoever sends a token means to be recognised. Only those on which people
 * sign in or recover access say otherwise.
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard() {
  constructor(
    strategy: JwtStrategy,
    private readonly machines: MachineRecognition,
  ) {
    super({ defaultStrategy: strategy.entry, property: 'principal' });
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const access = accessOf(context);
    const credentials = access?.kind === 'public' ? access.credentials : 'required';
    if (credentials === 'client') refuseSeveral(request);
    const isRead = request.headers.authorization !== undefined && credentials !== 'ignored' && credentials !== 'client';
    if (!isRead) {
      if (credentials === 'required') throw new AuthenticationRequiredError();
      return admitNobody(request);
    }
    return credentials === 'forgiving' ? this.admitIfGood(context) : this.admit(context);
  }

  private admit(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    checkCredentials(request);
    const token = bearerToken(request);
    return token !== null && MachineRecognition.isMachineToken(token)
      ? this.admitMachine(token, request)
      : (super.canActivate(context) as Promise<boolean>);
  }

  private async admitIfGood(context: ExecutionContext): Promise<boolean> {
    try {
      return await this.admit(context);
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind === 'unavailable') throw error;
      return admitNobody(context.switchToHttp().getRequest<FastifyRequest>());
    }
  }

  /** @throws InvalidTokenError for a key or token that is not good; AddressNotAllowedError */
  private async admitMachine(token: string, request: FastifyRequest): Promise<boolean> {
    const { keyId: id, creatorId, scopes } = await this.machines.recognise(token, request.ip);
    request.principal = { kind: 'key', id, creatorId, scopes, address: request.ip } satisfies Principal;
    return true;
  }

  /** Turns passport's findings into the principal of the request, or into the refusal that fits. */
  override handleRequest<User = AuthenticatedUser>(
    error: unknown,
    session: RecognisedSession | false,
    info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error as Error;
    if (!session)
      throw info instanceof Error && info.name === 'TokenExpiredError'
        ? new TokenExpiredError()
        : new InvalidTokenError();
    const { userId: id, email, sessionId, scopes, authenticatedAt, impersonatorId } = session;
    const address = context.switchToHttp().getRequest<FastifyRequest>().ip;
    const user = { kind: 'user', id, email, sessionId, scopes, address, authenticatedAt, impersonatorId } as const;
    return user satisfies AuthenticatedUser as User;
  }
}

function admitNobody(request: FastifyRequest): true {
  request.principal = anonymousAt(request.ip);
  return true;
}
