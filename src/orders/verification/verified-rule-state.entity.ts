import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the last scheduled verification has found of one rule; kept, so that every process can tell and not only the one that looked. */
@Entity('verified_rules')
export class VerifiedRuleState {
  /** As domain.md names it. */
  @PrimaryColumn({ type: 'text' })
  rule: string;

  /** Rows that break it, as far as they were counted. */
  @Column({ type: 'int' })
  breaches: number;

  @Column({ type: 'timestamptz' })
  verifiedAt: Date;
}
