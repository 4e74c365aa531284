import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProductMergeRepository } from './merging/product-merge.repository.js';
import { CategoryMergeRepository } from './merging/category-merge.repository.js';
import { CategoryMerge } from './merging/category-merge.service.js';
import { CatalogueFiguresRepository } from './catalogue-figures.repository.js';
import { DemoCatalogue } from './demo-catalogue.js';
import { ImportRun } from './import-run.entity.js';
import { ImportRepository } from './import.repository.js';
import { ImportService } from './import.service.js';
import { ProductMerge } from './merging/product-merge.service.js';
import { ProductPairing } from './merging/product-pairing.service.js';
import { RowStaging } from './row-staging.service.js';
import { StagedMerge } from './merging/staged-merge.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ImportRun])],
  providers: [
    ImportService,
    DemoCatalogue,
    RowStaging,
    StagedMerge,
    ProductMerge,
    ProductPairing,
    CategoryMerge,
    ImportRepository,
    CatalogueFiguresRepository,
    ProductMergeRepository,
    CategoryMergeRepository,
  ],
  exports: [ImportService, DemoCatalogue],
})
export class ImportModule {}
