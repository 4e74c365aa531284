import { Controller, Get, Headers, Param, Res, StreamableFile } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtraModels, ApiOkResponse, ApiProduces, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { prefers } from '../../common/http/content-negotiation.js';
import { RequireScopes } from '../../common/security/access.decorators.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { FulfilmentNotFoundError } from './fulfilments.errors.js';
import { PickingListResponseDto } from './picking-list.dto.js';
import { PickingLists } from './picking-lists.service.js';

const PDF = 'application/pdf';

@ApiTags('fulfilments')
@Controller('fulfilments/:id/picking-list')
export class PickingListsController {
  constructor(private readonly lists: PickingLists) {}

  /**
   * Shows what to take from the shelves.
   *
   * As JSON, or as a document to print with `Accept: application/pdf`.
   */
  @Get()
  @RequireScopes('orders:read', 'fulfilments:write')
  @RouteConfig({ produces: [PDF] })
  @ApiExtraModels(PickingListResponseDto)
  @ApiProduces('application/json', PDF)
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(PickingListResponseDto) } },
      [PDF]: { schema: { type: 'string', format: 'binary' }, example: '%PDF-1.3…' },
    },
  })
  @ApiProblems(FulfilmentNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PickingListResponseDto | StreamableFile> {
    void reply.header('vary', 'Accept, Authorization');
    const list = await this.lists.get(id);
    if (!prefers(accept, PDF)) return list;
    const file = await this.lists.print(list);
    return new StreamableFile(file, {
      type: PDF,
      disposition: `inline; filename="picking-list-${list.orderNumber.replace(/[^\w-]/g, '_')}.pdf"`,
      length: file.length,
    });
  }
}
