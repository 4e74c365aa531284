import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A set of customers that prices or promotions can be made for. */
@Entity('customer_groups')
export class CustomerGroup {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** By which other systems and filters name it. */
  @Column({ type: 'text', unique: true })
  code: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
