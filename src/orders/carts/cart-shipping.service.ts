import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CarrierRatesService } from '../shipping/carriers/carrier-rates.service.js';
import { ShippingMethodUnavailableError } from '../shipping/shipping.errors.js';
import type { CartHolder } from './cart-holder.js';
import type { PricedCart } from './cart-pricing.js';
import { CartsService } from './carts.service.js';

/** How carts are shipped. */
@Injectable()
export class CartShippingService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly carts: CartsService,
    private readonly carriers: CarrierRatesService,
  ) {}

  /** What `show` makes of a cart, after carriers have been asked what is not known yet of them. @throws CartNotFoundError */
  async show<Shown>(id: string, holder: CartHolder, show: (cart: PricedCart) => Shown): Promise<Shown> {
    const { pricing } = await this.carts.get(id, holder);
    await this.carriers.ask(pricing.shippingRefusals.flatMap(({ question }) => question ?? []));
    return this.carts.show(id, holder, show);
  }

  /**
   * Chooses how a cart is shipped.
   *
   * @param method Id or code of a method that is offered; null chooses none.
   * @throws what `CartsService.update` does; ShippingMethodUnavailableError.
   */
  async chooseShipping(
    id: string,
    method: string | null,
    holder: CartHolder,
    expectedVersion?: number,
  ): Promise<PricedCart> {
    const choice = method === null ? null : await this.show(id, holder, (cart) => chosenFrom(cart, method));
    return this.transactions.run(async () => {
      const priced = await this.carts.change(id, holder, expectedVersion, (cart) => {
        cart.shippingMethodId = choice;
      });
      // It may not be offered any more, or the cart have changed meanwhile.
      if (choice !== null && !priced.pricing.shipping) throw new ShippingMethodUnavailableError();
      return priced;
    });
  }
}

/** The id of a method that is offered for an active cart. @throws ShippingMethodUnavailableError saying why it is not. */
function chosenFrom({ cart, pricing }: PricedCart, method: string): string | null {
  const { shippingOptions, shippingRefusals } = pricing;
  const option = shippingOptions.find(({ methodId, code }) => method === methodId || method === code);
  if (option || cart.status !== 'active') return option?.methodId ?? null;
  const refusal = shippingRefusals.find(({ id, code }) => method === id || method === code);
  throw new ShippingMethodUnavailableError(refusal?.reason.message);
}
