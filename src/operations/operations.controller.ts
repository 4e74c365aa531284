import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { ImpersonationForbiddenError } from '../common/errors/request.errors.js';
import { entityTag } from '../common/http/etag.js';
import { Post } from '../common/idempotency/write.decorators.js';
import { mapPage } from '../common/pagination/page.dto.js';
import { CurrentActor, CurrentUser, SignedIn } from '../common/security/access.decorators.js';
import { type Actor, type AuthenticatedUser, hasScope } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { ListOperationsDto, OperationPageDto, OperationResponseDto, toOperationResponse } from './dto/operation.dto.js';
import { OperationFiles } from './operation-files.service.js';
import { OperationEndedError, OperationFileNotFoundError, OperationNotFoundError } from './operations.errors.js';
import type { OperationReader } from './entities/operation.entity.js';
import { OperationsService } from './operations.service.js';

/** Every kind of file that operations produce, and how one begins. */
const FILE_EXAMPLES: Readonly<Record<string, string>> = {
  'application/zip': 'PK…',
  'text/csv': 'id,number,status…',
  'application/x-ndjson': '{"id":…}',
};

@ApiTags('operations')
@Controller('operations')
export class OperationsController {
  constructor(
    private readonly operations: OperationsService,
    private readonly files: OperationFiles,
  ) {}

  /** Lists long-running work, newest first. What you started and what is about you; everybody's for staff with jobs:read. */
  @Get()
  @SignedIn({ orKeyWith: 'jobs:read' })
  async findAll(@Query() query: ListOperationsDto, @CurrentActor() actor: Actor): Promise<OperationPageDto> {
    return mapPage(await this.operations.list(readerOf(actor), query), toOperationResponse);
  }

  /** Shows how far an operation is. */
  @Get(':id')
  @SignedIn({ orKeyWith: 'jobs:read' })
  @ApiProblems(OperationNotFoundError)
  async findOne(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<OperationResponseDto> {
    return toOperationResponse(await this.operations.get(id, readerOf(actor)));
  }

  /**
   * Cancels an operation that is queued or running.
   *
   * For who started it, and for staff with jobs:write. Its job stops at its next checkpoint and leaves nothing behind; work that cannot be
   * taken back is not begun after that.
   */
  @Post(':id/cancel')
  @HttpCode(200)
  @SignedIn({ orKeyWith: 'jobs:write' })
  @ApiProblems(OperationNotFoundError, OperationEndedError)
  async cancel(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<OperationResponseDto> {
    const reader = { ...readerOf(actor), seesAll: hasScope(actor, 'jobs:write') };
    return toOperationResponse(await this.operations.cancel(id, reader));
  }

  /**
   * Downloads the file that an operation produced.
   *
   * For who started it and for the person it is about; for everybody else, staff who may see all operations included, it does not exist.
   */
  @Get(':id/file')
  @SignedIn()
  @RouteConfig({ produces: Object.keys(FILE_EXAMPLES) })
  @ApiProduces(...Object.keys(FILE_EXAMPLES))
  @ApiOkResponse({
    description: 'The file.',
    content: Object.fromEntries(
      Object.entries(FILE_EXAMPLES).map(([type, example]) => [
        type,
        { schema: { type: 'string', format: 'binary' }, example },
      ]),
    ),
  })
  @ApiProblems(OperationFileNotFoundError, ImpersonationForbiddenError)
  async download(
    @Param('id', UuidParam) id: string,
    @CurrentUser() user: AuthenticatedUser,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    if (user.impersonatorId !== null) throw new ImpersonationForbiddenError();
    const file = await this.files.open(id, readerOf(user));
    void reply.header('etag', entityTag(file.id));
    return new StreamableFile(Readable.from(file.content), {
      type: file.mediaType,
      disposition: `attachment; filename="${file.name}"`,
      length: file.sizeBytes,
    });
  }
}

function readerOf(actor: Actor): OperationReader {
  return {
    userId: actor.kind === 'user' ? actor.id : null,
    scopes: actor.scopes,
    seesAll: hasScope(actor, 'jobs:read'),
  };
}
