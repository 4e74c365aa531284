import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents that an answer has one shape for the public and a fuller one for staff. */
export const ApiAudienceResponse = (forPublic: new () => object, forStaff: new () => object): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(forPublic, forStaff),
    ApiOkResponse({ schema: { anyOf: [{ $ref: getSchemaPath(forPublic) }, { $ref: getSchemaPath(forStaff) }] } }),
  );
