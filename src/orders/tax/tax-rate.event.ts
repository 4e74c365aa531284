import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of tax rates. */
export const TAX_RATE_EVENTS = describeEvents(
  'tax_rate',
  { taxRateId: 'uuid' },
  {
    'tax_rate.created': 'Staff added a tax rate.',
    'tax_rate.changed': 'A tax rate has another percentage, place, time or anything else.',
    'tax_rate.removed': 'A tax rate was removed.',
  },
);

/** Something that happened to a tax rate, at the version it has now. */
export class TaxRateEvent extends ResourceEvent<NameIn<typeof TAX_RATE_EVENTS>> {
  constructor(type: NameIn<typeof TAX_RATE_EVENTS>, rate: { readonly id: string; readonly version: number }) {
    super(type, 'tax_rate', 'taxRateId', rate);
  }
}
