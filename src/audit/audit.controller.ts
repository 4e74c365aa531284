import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../common/security/access.decorators.js';
import { AuditService } from './audit.service.js';
import { AuditVerification } from './audit-verification.service.js';
import { AuditLogPageResponseDto, toAuditLogPage } from './dto/audit-log-response.dto.js';
import { AuditVerificationResponseDto, toAuditVerificationResponse } from './dto/audit-verification-response.dto.js';
import { ListAuditLogDto } from './dto/list-audit-log.dto.js';
import { VerifyAuditLogDto } from './dto/verify-audit-log.dto.js';

@ApiTags('operations')
@Controller({ path: 'audit-log', version: '1' })
@RequireScopes('audit:read')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly verification: AuditVerification,
  ) {}

  /** Lists what was done, newest first. */
  @Get()
  async findAll(@Query() query: ListAuditLogDto): Promise<AuditLogPageResponseDto> {
    return toAuditLogPage(await this.audit.findAll(query));
  }

  /** Checks that nobody has changed the audit log. */
  @Get('verify')
  async verify(@Query() query: VerifyAuditLogDto): Promise<AuditVerificationResponseDto> {
    return toAuditVerificationResponse(await this.verification.verify(query));
  }
}
