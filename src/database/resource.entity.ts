import { CreateDateColumn, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** The columns of every resource that people change. Saving a changed row raises the version; saving an unchanged one does nothing. */
export abstract class Resource {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** Rises with every change; the entity tag for `If-Match` begins with it. @example 1 */
  @VersionColumn({ default: 1 })
  version: number;

  /** @example "2026-01-15T09:30:00.000Z" */
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  /** @example "2026-01-15T09:30:00.000Z" */
  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
