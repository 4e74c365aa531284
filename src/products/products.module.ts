import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CachedAnswers } from './catalogue/cached-answers.js';
import { CatalogueCache } from './catalogue/catalogue-cache.js';
import { CatalogueChanges } from './catalogue/catalogue-changes.js';
import { CatalogueChannel } from './catalogue/catalogue-channel.js';
import { CatalogueRepository } from './catalogue/catalogue.repository.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { CategoriesController } from './categories/categories.controller.js';
import { CategoriesService } from './categories/categories.service.js';
import { CategoriesRepository } from './categories/categories.repository.js';
import { Category } from './categories/entities/category.entity.js';
import { Product } from './entities/product.entity.js';
import { ProductCategory } from './entities/product-category.entity.js';
import { Variant } from './entities/variant.entity.js';
import { VariantPrice } from './entities/variant-price.entity.js';
import { InventoryMovement } from './inventory/entities/inventory-movement.entity.js';
import { Location } from './inventory/entities/location.entity.js';
import { Reservation } from './inventory/entities/reservation.entity.js';
import { Stock } from './inventory/entities/stock.entity.js';
import { InventoryAdjustmentsService } from './inventory/inventory-adjustments.service.js';
import { InventoryController } from './inventory/inventory.controller.js';
import { InventoryReadsRepository } from './inventory/inventory-reads.repository.js';
import { InventoryReadsService } from './inventory/inventory-reads.service.js';
import { InventoryRepository } from './inventory/inventory.repository.js';
import { InventoryService } from './inventory/inventory.service.js';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';
import { VariantsController } from './variants.controller.js';
import { VariantsRepository } from './variants.repository.js';
import { VariantsService } from './variants.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      Category,
      Product,
      ProductCategory,
      Variant,
      VariantPrice,
      Location,
      Stock,
      InventoryMovement,
      Reservation,
    ]),
  ],
  controllers: [ProductsController, VariantsController, CategoriesController, InventoryController],
  providers: [
    ProductsService,
    ProductsRepository,
    VariantsService,
    VariantsRepository,
    CategoriesService,
    CategoriesRepository,
    InventoryService,
    InventoryAdjustmentsService,
    InventoryReadsService,
    InventoryReadsRepository,
    InventoryRepository,
    CatalogueService,
    CatalogueRepository,
    CatalogueCache,
    CatalogueChanges,
    CatalogueChannel,
    CachedAnswers,
  ],
  exports: [ProductsService, InventoryService],
})
export class ProductsModule {}
