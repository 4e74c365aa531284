import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

/** The category of what nobody has sorted, and of what has no rate of its own. */
export const STANDARD_TAX_CATEGORY = 'standard';

export const TAX_CATEGORY = /^[a-z][a-z0-9_-]{0,63}$/;
export const TAX_CATEGORY_RULE = 'lower case letters, digits, - and _, beginning with a letter';

/** A member that names the tax category of a product, a shipping method or a rate. */
export const IsTaxCategory = (): PropertyDecorator =>
  applyDecorators(IsString(), Matches(TAX_CATEGORY, { message: `must be ${TAX_CATEGORY_RULE}` }));
