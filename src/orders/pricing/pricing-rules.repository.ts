import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { FACT_SECTIONS, type PricingFacts, type PricingRules, RULE_SECTIONS } from './pricing-rules.js';
import type { PricingQuestion } from './rule-section.js';

const selected = (sections: Readonly<Record<string, { readonly sql: string }>>): string =>
  Object.entries(sections)
    .map(([name, { sql }]) => `'${name}', (${sql})`)
    .join(', ');

const FACTS = `json_build_object(${selected(FACT_SECTIONS)})`;
const RULES = `json_build_object('version', (SELECT version FROM pricing_version), ${selected(RULE_SECTIONS)})`;

type Values = Readonly<Record<string, unknown>>;

/**
 * The rules of discounts, taxes and shipping. They are kept in memory under their version, which every change of theirs raises in its own
 * transaction, and which the statement that reads the prices reads as well: so they are read again when they have changed, and not otherwise.
 */
@Injectable()
export class PricingRulesRepository {
  private kept: PricingRules | undefined;

  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * The rules and what they ask about a buyer: in no statement where the rules of that version are there and ask nothing, else in one.
   *
   * @param version The version that the prices were read with; null reads the latest.
   */
  async find(version: number | null, question: PricingQuestion): Promise<{ rules: PricingRules; facts: PricingFacts }> {
    const rules = this.kept?.version === version ? this.kept : undefined;
    const asks =
      !rules ||
      FACT_SECTIONS.promotions.isNeeded(rules.promotions, question) ||
      FACT_SECTIONS.taxes.isNeeded(rules.taxes, question);
    if (rules && !asks) return { rules, facts: factsOf({}) };
    const { customer, codes } = question;
    const row = await this.transactions.queryOne<{ facts: Values; rules?: Values }>(
      // The values are named here, so that each has its type whatever the sections use of them.
      `SELECT ${FACTS} AS facts ${rules ? '' : `, ${RULES} AS rules`}
       FROM (SELECT $1::uuid, $2::text, $3::text[]) AS asked`,
      [customer.id, customer.email?.toLowerCase() ?? null, codes],
    );
    const facts = factsOf(row!.facts);
    if (rules) return { rules, facts };
    this.kept = rulesOf(row!.rules!);
    return { rules: this.kept, facts };
  }
}

const factsOf = (values: Values): PricingFacts => ({
  promotions: FACT_SECTIONS.promotions.read(values.promotions ?? null),
  taxes: FACT_SECTIONS.taxes.read(values.taxes ?? null),
});

const rulesOf = (values: Values): PricingRules => ({
  version: values.version as number,
  promotions: RULE_SECTIONS.promotions.read(values.promotions),
  shipping: RULE_SECTIONS.shipping.read(values.shipping),
  taxes: RULE_SECTIONS.taxes.read(values.taxes),
});
