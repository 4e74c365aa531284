import { Injectable } from '@nestjs/common';
import { InvalidTokenError } from '../common/errors/request.errors.js';
import type { Actor } from '../common/security/principal.js';
import { AccessTokens } from './access-tokens.js';
import { MachineRecognition } from './api-keys/machine-recognition.service.js';
import { SessionsService } from './sessions.service.js';

/** Credentials that go on being used after they were shown, as a stream does. */
export interface StandingCredential {
  readonly caller: Actor;
  /** When they end by themselves; null for never. */
  readonly endsAt: Date | null;
  /** What is looked at again: the id of the session, or the hash of a key or token. */
  readonly reference: string;
}

/** Recognises credentials as the guard of requests does, and tells later what has become of them. */
@Injectable()
export class StandingCredentials {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: SessionsService,
    private readonly machines: MachineRecognition,
  ) {}

  /** @throws InvalidTokenError, TokenExpiredError, AddressNotAllowedError */
  async recognise(token: string, address: string): Promise<StandingCredential> {
    if (MachineRecognition.isMachineToken(token)) {
      const { keyId: id, creatorId, scopes, endsAt } = await this.machines.recognise(token, address);
      return {
        caller: { kind: 'key', id, creatorId, scopes, address },
        endsAt,
        reference: MachineRecognition.referenceOf(token),
      };
    }
    const { sub, sid: sessionId, endsAt } = await this.tokens.verify(token);
    const holder = await this.sessions.recognise(sessionId);
    if (!holder || holder.userId !== sub) throw new InvalidTokenError();
    const { email, scopes, authenticatedAt, impersonatorId } = holder;
    const caller = {
      kind: 'user',
      id: sub,
      email,
      sessionId,
      scopes,
      address,
      authenticatedAt,
      impersonatorId,
    } as const;
    return { caller, endsAt, reference: sessionId };
  }

  /**
   * What credentials let do now, by their reference; those that are not good any more are missing. It asks the database, in one statement
   * for all sessions, one for all keys and one for all tokens.
   */
  async check(credentials: readonly StandingCredential[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const sessions = new Set<string>();
    const machines = new Map<string, string>();
    for (const { caller, reference } of credentials) {
      if (caller.kind === 'user') sessions.add(reference);
      else machines.set(reference, caller.address);
    }
    const [living, working] = await Promise.all([this.sessions.check(sessions), this.machines.check(machines)]);
    return new Map([...living, ...working]);
  }
}
