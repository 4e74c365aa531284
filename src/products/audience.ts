import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { hasScope, type Principal } from '../common/security/principal.js';
import type { Audience } from './catalogue/catalogue-sql.js';

/** Staff are those who hold products:read. */
export function audienceOf(caller: Principal): Audience {
  return hasScope(caller, 'products:read') ? 'staff' : 'public';
}

/** Documents that an answer has one shape for the public and a fuller one for staff. */
export const ApiAudienceResponse = (forPublic: new () => object, forStaff: new () => object): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(forPublic, forStaff),
    ApiOkResponse({ schema: { anyOf: [{ $ref: getSchemaPath(forPublic) }, { $ref: getSchemaPath(forStaff) }] } }),
  );
