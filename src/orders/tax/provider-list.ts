import { Injectable } from '@nestjs/common';
import type { Implementations } from '../../common/extension-points.js';
import { TaxProvider } from './tax-provider.js';

/** The rates that staff keep. */
@Injectable()
export class ShopRates extends TaxProvider {
  override readonly isOffered = true;
  override readonly quote = null;
}

/** Who may say what taxes come to; the last that the settings ask for does. One more is one more line. */
export const TAX_PROVIDERS = { rates: ShopRates } satisfies Implementations<TaxProvider>;
