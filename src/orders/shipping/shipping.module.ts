import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { everyOffered } from '../../common/extension-points.js';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { SHIPPING_CARRIERS } from './carriers/carrier-list.js';
import { CarrierRates } from './carriers/carrier-rates.entity.js';
import { CarrierRatesRepository } from './carriers/carrier-rates.repository.js';
import { CarrierRatesService } from './carriers/carrier-rates.service.js';
import { ShippingCarrier } from './carriers/shipping-carrier.js';
import { ShippingCarriers } from './carriers/shipping-carriers.js';
import { ShippingMethod } from './entities/shipping-method.entity.js';
import { ShippingZone } from './entities/shipping-zone.entity.js';
import { ShippingMethodsController } from './shipping-methods.controller.js';
import { ShippingMethodsService } from './shipping-methods.service.js';
import { ShippingZonesController } from './shipping-zones.controller.js';
import { ShippingZonesService } from './shipping-zones.service.js';
import { ShippingRepository } from './shipping.repository.js';

/** Zones and methods; quoting them is a pure function, `quoteShipping`. */
@Module({
  imports: [TypeOrmModule.forFeature([ShippingZone, ShippingMethod, CarrierRates])],
  controllers: [ShippingZonesController, ShippingMethodsController],
  providers: [
    ShippingZonesService,
    ShippingMethodsService,
    ShippingRepository,
    ShippingCarriers,
    CarrierRatesService,
    CarrierRatesRepository,
    ...everyOffered(ShippingCarrier, SHIPPING_CARRIERS),
  ],
  exports: [ShippingZonesService, ShippingCarriers, CarrierRatesService, CarrierRatesRepository],
})
export class ShippingModule implements OnModuleInit {
  constructor(
    private readonly rates: CarrierRatesRepository,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'answers of carriers', purge: (limit) => this.rates.purge(limit) });
  }
}
