import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ShippingMethod } from './entities/shipping-method.entity.js';
import { ShippingZone } from './entities/shipping-zone.entity.js';
import { ShippingMethodsController } from './shipping-methods.controller.js';
import { ShippingMethodsService } from './shipping-methods.service.js';
import { ShippingZonesController } from './shipping-zones.controller.js';
import { ShippingZonesService } from './shipping-zones.service.js';
import { ShippingRepository } from './shipping.repository.js';

/** Zones and methods; quoting them is a pure function, `quoteShipping`. */
@Module({
  imports: [TypeOrmModule.forFeature([ShippingZone, ShippingMethod])],
  controllers: [ShippingZonesController, ShippingMethodsController],
  providers: [ShippingZonesService, ShippingMethodsService, ShippingRepository],
  exports: [ShippingZonesService],
})
export class ShippingModule {}
