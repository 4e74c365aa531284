import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { TemporarilyUnavailableError } from '../common/errors/request.errors.js';
import { Unlimited } from '../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../common/security/access.decorators.js';
import { HealthResponseDto } from './dto/health-response.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@Controller({ path: 'health', version: VERSION_NEUTRAL })
@Public()
@Unlimited()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** Says that the process runs. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): HealthResponseDto {
    return { status: 'ok' };
  }

  /** Says whether requests can be served now. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiProblems(TemporarilyUnavailableError)
  async ready(): Promise<HealthResponseDto> {
    return { status: await this.health.ready() };
  }
}
