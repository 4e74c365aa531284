import { CreateDateColumn, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** The columns of every resource that people change. Saving a changed row raises the version; saving an unchanged one does nothing. */
export abstract class Resource {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @VersionColumn({ default: 1 })
  version: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
