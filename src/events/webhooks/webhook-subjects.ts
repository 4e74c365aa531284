import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain.error.js';
import type { Scope } from '../../common/security/scopes.js';
import { EventSubjects } from '../../jobs/event-subjects.js';
import { toOrderStaffDetailResponse } from '../../orders/dto/order-response.dto.js';
import { toFulfilmentStaffResponse } from '../../orders/fulfilments/fulfilment.dto.js';
import { FulfilmentsService } from '../../orders/fulfilments/fulfilments.service.js';
import { toInvoiceResponse } from '../../orders/invoices/invoices.dto.js';
import { InvoicesService } from '../../orders/invoices/invoices.service.js';
import type { OrderReach } from '../../orders/order-access.js';
import { OrdersService } from '../../orders/orders.service.js';
import { toPaymentResponse } from '../../orders/payments/dto/payment-response.dto.js';
import { PaymentsService } from '../../orders/payments/payments.service.js';
import { toReturnResponse } from '../../orders/returns/return.dto.js';
import { ReturnsService } from '../../orders/returns/returns.service.js';
import { ProductsService } from '../../products/products.service.js';
import { toUserStaffResponse } from '../../users/dto/user-response.dto.js';
import { UsersService } from '../../users/users.service.js';
import { EVENT_TYPES } from '../event-types.js';

/** With which scope staff read what events are about, by the kind of aggregate; the others are never sent along. */
const READERS: Readonly<Record<string, Scope>> = {
  order: 'orders:read',
  payment: 'orders:read',
  fulfilment: 'orders:read',
  return: 'orders:read',
  invoice: 'orders:read',
  product: 'products:read',
  user: 'users:read',
};

/** What must be held to have full payloads of these types sent. */
export function scopesToRead(types: readonly string[]): Scope[] {
  const aggregates = EVENT_TYPES.filter(({ type }) => types.includes(type)).map(({ aggregateType }) => aggregateType);
  return [...new Set(aggregates.flatMap((aggregate) => READERS[aggregate] ?? []))];
}

const EVERYTHING: OrderReach = {
  isStaff: true,
  customerId: null,
  holdsToken: false,
  actor: { kind: 'system', id: null },
};
const reachAll = (): OrderReach => EVERYTHING;

/** Says how what events are about is read: as `GET` answers staff. */
@Injectable()
export class WebhookSubjects implements OnModuleInit {
  constructor(
    private readonly subjects: EventSubjects,
    private readonly orders: OrdersService,
    private readonly payments: PaymentsService,
    private readonly fulfilments: FulfilmentsService,
    private readonly returns: ReturnsService,
    private readonly invoices: InvoicesService,
    private readonly products: ProductsService,
    private readonly users: UsersService,
  ) {}

  onModuleInit(): void {
    this.add('order', async (id) => toOrderStaffDetailResponse(await this.orders.get(id, EVERYTHING)));
    this.add('payment', async (id) => toPaymentResponse(await this.payments.get(id, reachAll)));
    this.add('fulfilment', async (id) => toFulfilmentStaffResponse(await this.fulfilments.get(id, reachAll)));
    this.add('return', async (id) => toReturnResponse(await this.returns.get(id, reachAll), true));
    this.add('invoice', async (id) => toInvoiceResponse(await this.invoices.get(id)));
    this.add('product', (id) => this.products.read(id));
    this.add('user', async (id) => toUserStaffResponse(await this.users.get(id)));
  }

  /** What is gone is left out. */
  private add(aggregateType: string, read: (id: string) => Promise<object>): void {
    const readOrNone = async (id: string): Promise<[string, object][]> => {
      try {
        return [[id, await read(id)]];
      } catch (error) {
        if (error instanceof DomainError && error.kind === 'not_found') return [];
        throw error;
      }
    };
    this.subjects.add(aggregateType, async (ids) => new Map((await Promise.all(ids.map(readOrNone))).flat()));
  }
}
