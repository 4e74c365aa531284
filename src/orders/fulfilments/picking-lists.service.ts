import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { Environment } from '../../config/environment.js';
import { OrdersService } from '../orders.service.js';
import { FulfilmentNotFoundError } from './fulfilments.errors.js';
import { FulfilmentsRepository } from './fulfilments.repository.js';
import { pickingListPdf } from './picking-list.js';
import type { PickingListResponseDto } from './picking-list.dto.js';

/** What packers hold in their hands. */
@Injectable()
export class PickingLists {
  constructor(
    private readonly fulfilments: FulfilmentsRepository,
    private readonly orders: OrdersService,
    private readonly environment: Environment,
  ) {}

  /** @throws FulfilmentNotFoundError */
  async get(id: string): Promise<PickingListResponseDto> {
    const fulfilment = (await this.fulfilments.find(id)) ?? raise(new FulfilmentNotFoundError());
    const order = await this.orders.getForSystem(fulfilment.orderId);
    const barcodes = await this.fulfilments.findBarcodes(id);
    const lines = fulfilment.lines.map(({ orderLineId: lineId, sku, name, quantity }) => {
      return { lineId, sku, name, quantity, barcode: barcodes.get(lineId) ?? null };
    });
    return {
      fulfilmentId: id,
      orderNumber: order.number,
      status: fulfilment.status,
      createdAt: fulfilment.createdAt,
      location: await this.fulfilments.findLocation(fulfilment.locationId),
      shippingAddress: order.shippingAddress,
      shippingMethod: order.shipping?.name ?? null,
      isPickup: order.shipping?.isPickup ?? false,
      note: order.customerNote,
      lines: lines.sort((left, right) => (left.sku < right.sku ? -1 : 1)),
    };
  }

  /** The list as a document of PDF, in the language of the shop. */
  print(list: PickingListResponseDto): Promise<Buffer> {
    return pickingListPdf(list, this.environment.DEFAULT_LOCALE);
  }
}
