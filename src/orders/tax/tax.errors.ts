import { notFound, taken } from '../../common/errors/domain.error.js';

export class TaxRateNotFoundError extends notFound(
  'tax.rate_not_found',
  'No such tax rate',
  'There is no tax rate with this id.',
) {}

export class TaxRateTakenError extends taken(
  'tax.rate_taken',
  'There is such a rate already',
  'There is a rate of this priority and category that begins on the same day in the same place.',
  '/priority',
  'is that of another rate of the place',
) {}

export class TaxExemptionNotFoundError extends notFound(
  'tax.exemption_not_found',
  'No such tax exemption',
  'The user is not exempt from taxes, and has given no VAT id.',
) {}
