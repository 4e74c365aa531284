import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A named set of scopes. */
@Entity('roles')
export class Role {
  @PrimaryColumn({ type: 'text' })
  name: string;

  @Column({ type: 'text', array: true })
  scopes: string[];

  /** Comes with the product and cannot be removed. */
  @Column({ type: 'boolean', default: false })
  isBuiltIn: boolean;
}
