import { CurrencyCondition } from './conditions/currency.condition.js';
import { CustomerGroupCondition } from './conditions/customer-group.condition.js';
import { FirstOrderCondition } from './conditions/first-order.condition.js';
import { ItemsCondition } from './conditions/items.condition.js';
import { MinimumQuantityCondition } from './conditions/minimum-quantity.condition.js';
import { MinimumSubtotalCondition } from './conditions/minimum-subtotal.condition.js';
import type { PartList, PromotionCondition } from './promotion-part.js';

/** Every condition there is, by the `type` under which it is kept: a type that rows have is not taken out. */
export const CONDITIONS: PartList<PromotionCondition> = {
  minimum_subtotal: MinimumSubtotalCondition,
  minimum_quantity: MinimumQuantityCondition,
  items: ItemsCondition,
  customer_group: CustomerGroupCondition,
  first_order: FirstOrderCondition,
  currency: CurrencyCondition,
};
