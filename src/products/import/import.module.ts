import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ImportRun } from './import-run.entity.js';
import { ImportRepository } from './import.repository.js';
import { ImportService } from './import.service.js';
import { CategoryMerge } from './merging/category-merge.service.js';
import { MergeRepository } from './merging/merge.repository.js';
import { ProductMerge } from './merging/product-merge.service.js';
import { ProductPairing } from './merging/product-pairing.service.js';
import { StagedMerge } from './merging/staged-merge.service.js';
import { RowStaging } from './row-staging.service.js';

/** A module of its own, because the command line loads it without the rest of the shop. */
@Module({
  imports: [TypeOrmModule.forFeature([ImportRun])],
  providers: [
    ImportService,
    RowStaging,
    StagedMerge,
    ProductMerge,
    ProductPairing,
    CategoryMerge,
    ImportRepository,
    MergeRepository,
  ],
  exports: [ImportService],
})
export class ImportModule {}
