import { Controller, Get, Header, Param, Query, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RouteNotFoundError } from '../common/errors/request.errors.js';
import { Public } from '../common/security/access.decorators.js';
import { PreviewMailDto } from './dto/preview-mail.dto.js';
import { LOCALES } from './locales/choose-locale.js';
import { MAIL_PAGE_POLICY } from './mail-page.js';
import { MailRenderer } from './templates/mail-renderer.js';
import type { MailContent } from './templates/mail-template.js';
import { SAMPLE_DATA } from './templates/sample-data.js';
import type { TemplateName } from './templates/templates.js';

const READER = 'Ada Lovelace';

interface ListedTemplate {
  readonly name: string;
  readonly locale: string;
  readonly subject: string;
  readonly url: string;
}

/** Shows every mail with sample data; for whoever writes them, and only in development. */
@ApiExcludeController()
@Controller({ path: 'dev/mail/templates', version: VERSION_NEUTRAL })
@Public()
export class MailPreviewController {
  constructor(private readonly renderer: MailRenderer) {}

  /** Lists every template in every language. */
  @Get()
  @Header('cache-control', 'no-store')
  findAll(): { data: ListedTemplate[] } {
    const names = Object.keys(SAMPLE_DATA) as TemplateName[];
    return {
      data: names.flatMap((name) =>
        Object.keys(LOCALES).map((locale) => ({
          name,
          locale,
          subject: this.render(name, locale).subject,
          url: `/dev/mail/templates/${name}?locale=${locale}`,
        })),
      ),
    };
  }

  /** Shows one template. */
  @Get(':name')
  @Header('cache-control', 'no-store')
  findOne(
    @Param('name') name: string,
    @Query() { locale, format }: PreviewMailDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): MailContent | string {
    if (!isTemplate(name)) throw new RouteNotFoundError('There is no such mail template.');
    const content = this.render(name, locale);
    if (format === 'json') return content;
    void reply.type(`text/${format === 'html' ? 'html' : 'plain'}; charset=utf-8`);
    if (format === 'html') void reply.header('content-security-policy', MAIL_PAGE_POLICY);
    return content[format];
  }

  private render(name: TemplateName, locale?: string): MailContent {
    return this.renderer.render(name, SAMPLE_DATA[name], { name: READER, locale });
  }
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(SAMPLE_DATA, name);
}
