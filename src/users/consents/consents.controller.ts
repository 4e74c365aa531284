import { Body, Controller, Get, Param, type PipeTransform, Put, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { ImpersonationForbiddenError, InvalidRequestError } from '../../common/errors/request.errors.js';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { CurrentUser, RequireScopes, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { UserNotFoundError } from '../users.errors.js';
import { ConsentsService } from './consents.service.js';
import {
  ConsentPageDto,
  ConsentResponseDto,
  toConsentPage,
  toConsentResponse,
  UpdateConsentDto,
} from './dto/consent.dto.js';
import { CONSENT_PURPOSES, type ConsentPurpose } from './entities/consent.entity.js';

/** Reads a path parameter that must be a purpose. */
const PurposeParam: PipeTransform<string, ConsentPurpose> = {
  transform(value: string): ConsentPurpose {
    const purpose = CONSENT_PURPOSES.find((known) => known === value);
    if (!purpose) throw InvalidRequestError.of('{purpose}', 'isIn', `must be one of ${CONSENT_PURPOSES.join(', ')}`);
    return purpose;
  },
};

@ApiTags('consents')
@Controller('users')
export class ConsentsController {
  constructor(private readonly consents: ConsentsService) {}

  /** Shows what you agree to. Each entry says how that came about, newest first. */
  @Get('me/consents')
  @SignedIn()
  async findMine(@Query() query: PageQueryDto, @CurrentUser() user: AuthenticatedUser): Promise<ConsentPageDto> {
    return toConsentPage(await this.consents.list(user.id, query));
  }

  /** Agrees to something, or takes it back. Only you can, and nobody who acts as you. */
  @Put('me/consents/:purpose')
  @SignedIn()
  @ApiParam({ name: 'purpose', enum: CONSENT_PURPOSES, example: 'marketing_email' })
  @ApiProblems(ImpersonationForbiddenError, UserNotFoundError)
  async update(
    @Param('purpose', PurposeParam) purpose: ConsentPurpose,
    @Body() dto: UpdateConsentDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<ConsentResponseDto> {
    if (user.impersonatorId !== null) throw new ImpersonationForbiddenError();
    return toConsentResponse(await this.consents.set(user.id, purpose, { ...dto, address: user.address }));
  }

  /** Shows what a user agrees to. Each entry says how that came about, newest first. */
  @Get(':id/consents')
  @RequireScopes('users:read')
  @ApiProblems(UserNotFoundError)
  async findAll(@Param('id', UuidParam) id: string, @Query() query: PageQueryDto): Promise<ConsentPageDto> {
    return toConsentPage(await this.consents.list(id, query));
  }
}
