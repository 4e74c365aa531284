import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { InvalidTokenError } from '../common/errors/request.errors.js';
import { newId } from '../common/ids.js';
import { AccessTokens, CLOCK_LEEWAY_SECONDS } from './access-tokens.js';
import { bearerToken } from './bearer-token.js';
import { type SessionHolder, SessionsService } from './sessions.service.js';

/** A session that is in use, and who uses it. */
export type RecognisedSession = SessionHolder & { sessionId: string };

/** Recognises the bearer of an access token: signature, claims, and a session and user that are still living. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  /** Passport has one registry a process; each application in it (tests start several) needs an entry of its own. */
  readonly entry = `jwt ${newId()}`;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: SessionsService,
  ) {
    super({
      jwtFromRequest: bearerToken,
      secretOrKeyProvider: (_request, token: string, done) => {
        tokens.keyOf(token).then(
          // The types know key texts only; jsonwebtoken takes a parsed key as well, and need not parse it for each request.
          (key) => (key ? done(null, key as unknown as string) : done(new InvalidTokenError())),
          (error: Error) => done(error),
        );
      },
      ...tokens.demands,
      jsonWebTokenOptions: { clockTolerance: CLOCK_LEEWAY_SECONDS },
    });
    passport.use(this.entry, this);
  }

  /** @throws InvalidTokenError when the claims are not those of a token made here, or the session or its user has ended. */
  async validate(payload: unknown): Promise<RecognisedSession> {
    const claims = this.tokens.claimsOf(payload, new Date());
    const holder = claims && (await this.sessions.recognise(claims.sid));
    if (!holder || holder.userId !== claims.sub) throw new InvalidTokenError();
    return { ...holder, sessionId: claims.sid };
  }
}
