import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { CurrentUser, RequireScopes, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { UserNotFoundError } from '../../users/users.errors.js';
import {
  ClaimVatIdDto,
  GrantTaxExemptionDto,
  TaxExemptionPageDto,
  TaxExemptionResponseDto,
} from './tax-exemption.dto.js';
import { TaxExemptionsService } from './tax-exemptions.service.js';
import { TaxExemptionNotFoundError } from './tax.errors.js';

@ApiTags('taxes')
@Controller()
export class TaxExemptionsController {
  constructor(private readonly exemptions: TaxExemptionsService) {}

  /** Shows your exemption from taxes, or your claim. */
  @Get('users/me/tax-exemption')
  @SignedIn()
  @ApiProblems(TaxExemptionNotFoundError)
  findMine(@CurrentUser() { id }: AuthenticatedUser): Promise<TaxExemptionResponseDto> {
    return this.exemptions.get(id);
  }

  /** Gives your VAT id to the shop. It changes no price before staff have confirmed it. */
  @Put('users/me/tax-exemption')
  @SignedIn()
  @ApiProblems(UserNotFoundError)
  claim(@Body() dto: ClaimVatIdDto, @CurrentUser() { id }: AuthenticatedUser): Promise<TaxExemptionResponseDto> {
    return this.exemptions.claim(id, dto.vatId);
  }

  /** Shows why a customer pays no tax. */
  @Get('users/:id/tax-exemption')
  @RequireScopes('users:read')
  @ApiProblems(TaxExemptionNotFoundError)
  findOne(@Param('id', UuidParam) id: string): Promise<TaxExemptionResponseDto> {
    return this.exemptions.get(id);
  }

  /**
   * Exempts a customer from taxes. It takes the place of any exemption before, and settles what the customer asked for. Where prices include
   * tax, the customer pays them without it. A business of another country of the European Union, whose VAT id the register confirms, is
   * exempt there: reverse charge.
   */
  @Put('users/:id/tax-exemption')
  @RequireScopes('users:write')
  @ApiProblems(UserNotFoundError, VersionMismatchError)
  grant(
    @Param('id', UuidParam) id: string,
    @Body() dto: GrantTaxExemptionDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<TaxExemptionResponseDto> {
    return this.exemptions.grant(id, dto, expectedVersion);
  }

  /** Ends an exemption, or refuses a claim. */
  @Delete('users/:id/tax-exemption')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(UserNotFoundError, TaxExemptionNotFoundError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.exemptions.remove(id, expectedVersion);
  }

  /** Lists VAT ids to be confirmed, oldest first. */
  @Get('vat-id-claims')
  @RequireScopes('users:read')
  findClaims(@Query() query: PageQueryDto): Promise<TaxExemptionPageDto> {
    return this.exemptions.listClaims(query);
  }
}
