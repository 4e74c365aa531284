import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { ImpersonationForbiddenError, VersionMismatchError } from '../../common/errors/request.errors.js';
import { shown } from '../../common/http/resource.dto.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OperationResponseDto, toOperationResponse } from '../../operations/dto/operation.dto.js';
import { CONDITIONS } from './condition-list.js';
import { EFFECTS } from './effect-list.js';
import type { PromotionCode } from './entities/promotion.entity.js';
import {
  AddedPromotionCodesDto,
  AddPromotionCodesDto,
  CreatePromotionDto,
  GeneratePromotionCodesDto,
  ListPromotionCodesDto,
  ListPromotionsDto,
  PromotionCodePageDto,
  PromotionCodeResponseDto,
  PromotionPageDto,
  PromotionResponseDto,
  SHOWN_OF_CODE,
  UpdatePromotionCodeDto,
  UpdatePromotionDto,
} from './promotion.dto.js';
import { GenerateCodesService } from './generate-codes.service.js';
import { PromotionCodesService } from './promotion-codes.service.js';
import {
  PromotionArchivedError,
  PromotionCodeNotFoundError,
  PromotionCodeTakenError,
  PromotionLimitBelowUsedError,
  PromotionNotFoundError,
} from './promotions.errors.js';
import { PromotionsService } from './promotions.service.js';

const toCodeResponse = (code: PromotionCode): PromotionCodeResponseDto => shown(code, SHOWN_OF_CODE);

@ApiTags('promotions')
@ApiExtraModels(...Object.values(CONDITIONS), ...Object.values(EFFECTS))
@Controller('promotions')
export class PromotionsController {
  constructor(
    private readonly promotions: PromotionsService,
    private readonly codes: PromotionCodesService,
    private readonly generation: GenerateCodesService,
  ) {}

  /** Lists promotions, newest first. */
  @Get()
  @RequireScopes('promotions:write')
  findAll(@Query() query: ListPromotionsDto): Promise<PromotionPageDto> {
    return this.promotions.list(query);
  }

  /** Reads one promotion. */
  @Get(':id')
  @RequireScopes('promotions:write')
  @ApiProblems(PromotionNotFoundError)
  findOne(@Param('id', UuidParam) id: string): Promise<PromotionResponseDto> {
    return this.promotions.get(id);
  }

  /**
   * Makes a promotion.
   *
   * It applies when all its conditions are met, by itself or to whoever enters one of its codes. Promotions apply one after the other: those
   * of a higher `priority` first, then the older ones, each to what those before it have left. One that `isExclusive` applies only where
   * none has before it, and then none does after it. A discount never exceeds what it is taken off.
   */
  @Post()
  @RequireScopes('promotions:write')
  @Location('promotions/:id')
  create(@Body() dto: CreatePromotionDto): Promise<PromotionResponseDto> {
    return this.promotions.create(dto);
  }

  /** Changes a promotion. Carts are priced by it at once; orders stay as they are. */
  @Patch(':id')
  @RequireScopes('promotions:write')
  @ApiProblems(PromotionNotFoundError, PromotionArchivedError, PromotionLimitBelowUsedError, VersionMismatchError)
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdatePromotionDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<PromotionResponseDto> {
    return this.promotions.update(id, dto, expectedVersion);
  }

  /** Archives a promotion. Orders that have it keep their discount, and its codes can be given to another one. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('promotions:write')
  @ApiProblems(PromotionNotFoundError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.promotions.archive(id, expectedVersion);
  }

  /** Lists the codes of a promotion, by code. */
  @Get(':id/codes')
  @RequireScopes('promotions:write')
  @ApiProblems(PromotionNotFoundError)
  async findCodes(
    @Param('id', UuidParam) id: string,
    @Query() query: ListPromotionCodesDto,
  ): Promise<PromotionCodePageDto> {
    return mapPage(await this.codes.list(id, query), toCodeResponse);
  }

  /**
   * Adds codes to a promotion.
   *
   * All of them, or none.
   */
  @Post(':id/codes')
  @RequireScopes('promotions:write')
  @Location('promotions/:promotionId/codes')
  @ApiProblems(PromotionNotFoundError, PromotionArchivedError, PromotionCodeTakenError)
  async addCodes(
    @Param('id', UuidParam) id: string,
    @Body() dto: AddPromotionCodesDto,
  ): Promise<AddedPromotionCodesDto> {
    return { promotionId: id, codes: (await this.codes.add(id, dto)).map(toCodeResponse) };
  }

  /**
   * Makes codes that cannot be guessed.
   *
   * A job makes them and a CSV file of them. The operation says how far it is, and where the file can be downloaded; it is kept for seven
   * days, for whoever asked and holds promotions:write still.
   */
  @Post(':id/codes/generate')
  @HttpCode(202)
  @RequireScopes('promotions:write')
  @Location('operations/:id')
  @ApiProblems(PromotionNotFoundError, PromotionArchivedError, ImpersonationForbiddenError)
  async generateCodes(
    @Param('id', UuidParam) id: string,
    @Body() dto: GeneratePromotionCodesDto,
    @CurrentActor() actor: Actor,
  ): Promise<OperationResponseDto> {
    if (actor.kind === 'user' && actor.impersonatorId !== null) throw new ImpersonationForbiddenError();
    return toOperationResponse(await this.generation.request(id, dto, actor));
  }

  /** Changes a code. */
  @Patch(':id/codes/:codeId')
  @RequireScopes('promotions:write')
  @ApiProblems(PromotionCodeNotFoundError, PromotionLimitBelowUsedError)
  async updateCode(
    @Param('id', UuidParam) id: string,
    @Param('codeId', UuidParam) codeId: string,
    @Body() dto: UpdatePromotionCodeDto,
  ): Promise<PromotionCodeResponseDto> {
    return toCodeResponse(await this.codes.update(id, codeId, dto));
  }

  /** Deletes a code. Orders that have it keep their discount. */
  @Delete(':id/codes/:codeId')
  @HttpCode(204)
  @RequireScopes('promotions:write')
  @ApiProblems(PromotionCodeNotFoundError)
  removeCode(@Param('id', UuidParam) id: string, @Param('codeId', UuidParam) codeId: string): Promise<void> {
    return this.codes.remove(id, codeId);
  }
}
