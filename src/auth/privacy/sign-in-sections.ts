import { Injectable } from '@nestjs/common';
import type { PersonalDataSection } from '../../users/personal-data.js';
import { type ExportedSession, SignInPrivacyRepository } from './sign-in-privacy.repository.js';

/** Sessions that are read at once for an export. */
const BATCH = 500;

/** What signing in keeps of a person. */
@Injectable()
export class SignInSections {
  constructor(private readonly signIns: SignInPrivacyRepository) {}

  all(): PersonalDataSection[] {
    return [
      {
        section: 'sessions',
        description: 'Where and with what you were signed in.',
        export: (userId) => this.sessionsOf(userId),
        erase: (userId) => this.signIns.erase(userId),
      },
    ];
  }

  private async *sessionsOf(userId: string): AsyncIterable<ExportedSession> {
    let after: string | null = null;
    for (;;) {
      const sessions: ExportedSession[] = await this.signIns.listSessions(userId, after, BATCH);
      yield* sessions;
      const last = sessions.at(-1);
      if (!last || sessions.length < BATCH) return;
      after = last.id;
    }
  }
}
