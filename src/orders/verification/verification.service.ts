import { Injectable, Logger } from '@nestjs/common';
import { VerificationRepository } from './verification.repository.js';
import { VERIFIED_RULES } from './verified-rules.js';

/** A rule, and rows that break it; none when it holds. */
export interface VerifiedRuleResult {
  readonly id: string;
  readonly title: string;
  /** The first ones, as many as `MAX_ROWS`. */
  readonly breaches: readonly Record<string, unknown>[];
}

const MAX_ROWS = 20;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Proves on a live database that no stock is oversold and no money lost (domain.md section 7). */
@Injectable()
export class VerificationService {
  private readonly logger = new Logger(VerificationService.name);

  constructor(private readonly verification: VerificationRepository) {}

  /**
   * Recomputes every balance of stock, orders and payments. Changes nothing, and may run beside traffic.
   *
   * @param since Only what has been made since this id; everything unless given.
   * @returns one result a rule, in the order of domain.md.
   */
  async verify(since: string = FIRST_ID): Promise<VerifiedRuleResult[]> {
    const results: VerifiedRuleResult[] = [];
    for (const rule of VERIFIED_RULES) {
      results.push({
        id: rule.id,
        title: rule.title,
        breaches: await this.verification.findBreaches(rule, since, MAX_ROWS),
      });
    }
    return results;
  }

  /**
   * For the clock: verifies everything, keeps how much breaks each rule for the metrics of every process, and says so in one line of the log
   * when something does.
   */
  async watch(): Promise<void> {
    const results = await this.verify();
    const verifiedAt = new Date();
    await this.verification.keep(
      results.map(({ id, breaches }) => ({ rule: id, breaches: breaches.length, verifiedAt })),
    );
    const broken = results.filter(({ breaches }) => breaches.length > 0);
    if (broken.length === 0) return;
    const named = broken.map(({ id, title, breaches }) => `${id} (${title}): ${JSON.stringify(breaches[0])}`);
    this.logger.error(`The books do not add up; npm run verify tells all: ${named.join('; ')}`);
  }

  /** What the last run of the clock has found, by rule; nothing before the first. */
  async lastWatch(): Promise<{ rule: string; breaches: number; verifiedAt: Date }[]> {
    return this.verification.findKept();
  }
}
