import { applyDecorators, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { TemporarilyUnavailableError } from '../common/errors/request.errors.js';
import { Idempotent } from '../common/idempotency/idempotency.interceptor.js';
import { Post } from '../common/idempotency/write.decorators.js';
import { mapPage } from '../common/pagination/page.dto.js';
import { RequireScopes } from '../common/security/access.decorators.js';
import { JobNotCancellableError, JobNotFailedError, JobNotFoundError } from './job-control.errors.js';
import { JobPageDto, JobResponseDto, ListFailedJobsDto, QueueListDto, toJobResponse } from './job.dto.js';
import { JobsService } from './jobs.service.js';

/** The id of a job in the path. */
const ApiJobId = () =>
  applyDecorators(
    ApiParam({
      name: 'id',
      schema: { type: 'string', pattern: '^[a-z-]+:[0-9a-fA-F-]{36}$' },
      example: 'order-mail:01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f',
    }),
    ApiProblems(JobNotFoundError, TemporarilyUnavailableError),
  );

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  /** Lists the queues and how they are doing. */
  @Get('queues')
  @RequireScopes('jobs:read')
  @ApiProblems(TemporarilyUnavailableError)
  async findQueues(): Promise<QueueListDto> {
    return { data: await this.jobs.queues(), nextCursor: null };
  }

  /**
   * Lists jobs that failed for good, latest first.
   *
   * They wait for somebody to see to them, and get another round of tries a day after they failed. The list is kept beside the orders and
   * not in the queues, so that it is there when the queues are not.
   */
  @Get('failed')
  @RequireScopes('jobs:read')
  async findFailed(@Query() query: ListFailedJobsDto): Promise<JobPageDto> {
    return mapPage(await this.jobs.findFailed(query), toJobResponse);
  }

  /** Shows one job and where it is. Jobs that are done can be seen for seven days. */
  @Get(':id')
  @RequireScopes('jobs:read')
  @ApiJobId()
  async findOne(@Param('id') id: string): Promise<JobResponseDto> {
    return toJobResponse(await this.jobs.get(id));
  }

  /**
   * Tries a job that failed for good again.
   *
   * It gets all its tries once more, and leaves the list of failed ones.
   */
  @Post(':id/retry')
  @HttpCode(200)
  @RequireScopes('jobs:write')
  @Idempotent({ spansTransactions: true })
  @ApiJobId()
  @ApiProblems(JobNotFailedError)
  async retry(@Param('id') id: string): Promise<JobResponseDto> {
    return toJobResponse(await this.jobs.retry(id));
  }

  /**
   * Cancels a job that waits or has failed.
   *
   * It is never done then, and an operation that it works on is cancelled with it. A job that runs is asked to stop if it works on an
   * operation: it stays `active` until its next checkpoint.
   */
  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScopes('jobs:write')
  @Idempotent({ spansTransactions: true })
  @ApiJobId()
  @ApiProblems(JobNotCancellableError)
  async cancel(@Param('id') id: string): Promise<JobResponseDto> {
    return toJobResponse(await this.jobs.cancel(id));
  }
}
