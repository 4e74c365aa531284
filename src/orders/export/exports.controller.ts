import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { ImpersonationForbiddenError } from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { OperationResponseDto, toOperationResponse } from '../../operations/dto/operation.dto.js';
import { CreateExportDto } from './export.dto.js';
import { OrderExportsService } from './order-exports.service.js';

/** Each reads a whole table. */
const EXPORT_POLICY: RateLimitPolicy = {
  name: 'exports',
  limit: 20,
  windowSeconds: 3600,
  per: 'caller',
  withoutRedis: 'open',
};

@ApiTags('operations')
@Controller('exports')
export class ExportsController {
  constructor(private readonly exports: OrderExportsService) {}

  /**
   * Writes orders into a file.
   *
   * A job writes them as they all were at one moment, oldest first. The operation says when the file can be downloaded, and where; it is
   * kept for seven days, for whoever asked and holds orders:read still. Amounts are minor units beside their currency.
   */
  @Post()
  @HttpCode(202)
  @RequireScopes('orders:read')
  @RateLimit(EXPORT_POLICY)
  @Location('operations/:id')
  @ApiProblems(ImpersonationForbiddenError)
  async create(@Body() dto: CreateExportDto, @CurrentActor() actor: Actor): Promise<OperationResponseDto> {
    if (actor.kind === 'user' && actor.impersonatorId !== null) throw new ImpersonationForbiddenError();
    return toOperationResponse(await this.exports.request(dto, actor));
  }
}
