import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { mapPage } from '../common/pagination/page.dto.js';
import { RequireScopes } from '../common/security/access.decorators.js';
import { AuditLog } from './audit-log.js';
import { AuditVerification } from './audit-verification.service.js';
import {
  AuditLogPageResponseDto,
  AuditVerificationResponseDto,
  ListAuditLogDto,
  toAuditEntry,
  toAuditVerificationResponse,
  VerifyAuditLogDto,
} from './dto/audit-log.dto.js';

@ApiTags('audit-log')
@Controller('audit-log')
@RequireScopes('audit:read')
export class AuditController {
  constructor(
    private readonly audit: AuditLog,
    private readonly verification: AuditVerification,
  ) {}

  /** Lists what was done, newest first. */
  @Get()
  async findAll(@Query() query: ListAuditLogDto): Promise<AuditLogPageResponseDto> {
    return mapPage(await this.audit.list(query), toAuditEntry);
  }

  /** Checks that nobody has changed the audit log. */
  @Get('verify')
  async verify(@Query() query: VerifyAuditLogDto): Promise<AuditVerificationResponseDto> {
    return toAuditVerificationResponse(await this.verification.verify(query));
  }
}
