import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogueCache } from './catalogue/catalogue-cache.js';
import { CatalogueChanges } from './catalogue/catalogue-changes.js';
import { CatalogueChannel } from './catalogue/catalogue-channel.js';
import { CatalogueRepository } from './catalogue/catalogue.repository.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { CategoriesController } from './categories/categories.controller.js';
import { CategoriesService } from './categories/categories.service.js';
import { CategoriesRepository } from './categories/categories.repository.js';
import { Category } from './categories/category.entity.js';
import { Product, ProductCategory } from './entities/product.entity.js';
import { Variant, VariantPrice } from './entities/variant.entity.js';
import { ImportModule } from './import/import.module.js';
import { InventoryMovement, Location, Reservation, Stock } from './inventory/entities/stock.entity.js';
import { InventoryController } from './inventory/inventory.controller.js';
import { HeldStockRepository } from './inventory/held-stock.repository.js';
import { InventoryRepository } from './inventory/inventory.repository.js';
import { InventoryService } from './inventory/inventory.service.js';
import { PriceResolver } from './price-resolver.service.js';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';
import { VariantsController } from './variants.controller.js';
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
    ImportModule,
  ],
  controllers: [ProductsController, VariantsController, CategoriesController, InventoryController],
  providers: [
    ProductsService,
    PriceResolver,
    ProductsRepository,
    VariantsService,
    CategoriesService,
    CategoriesRepository,
    InventoryService,
    InventoryRepository,
    HeldStockRepository,
    CatalogueService,
    CatalogueRepository,
    CatalogueCache,
    CatalogueChanges,
    CatalogueChannel,
  ],
  exports: [ProductsService, CatalogueService, PriceResolver, InventoryService],
})
export class ProductsModule {}
