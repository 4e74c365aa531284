import { Controller, Get, HttpCode, Module, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { Post } from '../common/idempotency/write.decorators.js';
import { mapPage } from '../common/pagination/page.dto.js';
import { RequireScopes } from '../common/security/access.decorators.js';
import { UuidParam } from '../common/validation/decorators.js';
import { MailNotFoundError, MailNotUncertainError } from './mail.errors.js';
import { MailModule } from './mail.module.js';
import { MailOutcomes } from './mail-outcomes.service.js';
import { ListMailsDto, MailPageDto, MailResponseDto, toMailResponse } from './mails.dto.js';

@ApiTags('mails')
@Controller('mails')
export class MailsController {
  constructor(private readonly mails: MailOutcomes) {}

  /**
   * Lists mails, newest first.
   *
   * A mail is sent at most once. Where the mail server did not answer, or the process that was sending it died meanwhile, it is `uncertain`:
   * it may have arrived, and is not sent again unless somebody asks for it.
   */
  @Get()
  @RequireScopes('jobs:read')
  async findAll(@Query() query: ListMailsDto): Promise<MailPageDto> {
    return mapPage(await this.mails.list(query), toMailResponse);
  }

  /** Shows what became of a mail. */
  @Get(':id')
  @RequireScopes('jobs:read')
  @ApiProblems(MailNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<MailResponseDto> {
    return toMailResponse(await this.mails.get(id));
  }

  /**
   * Sends an uncertain mail once more.
   *
   * It may come twice: the first one may have arrived. Both have one Message-ID, by which mail programs can tell. What a mail says is kept
   * for a week.
   */
  @Post(':id/resend')
  @HttpCode(202)
  @RequireScopes('jobs:write')
  @ApiProblems(MailNotFoundError, MailNotUncertainError)
  async resend(@Param('id', UuidParam) id: string): Promise<MailResponseDto> {
    return toMailResponse(await this.mails.resend(id));
  }
}

/** What became of mails, for staff. */
@Module({ imports: [MailModule], controllers: [MailsController], providers: [MailOutcomes] })
export class MailsModule {}
