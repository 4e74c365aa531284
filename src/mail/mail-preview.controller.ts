import { Controller, Get, Header, Param, Query, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RouteNotFoundError } from '../common/errors/request.errors.js';
import { renderPage, wantsPage } from '../common/http/page.js';
import { Public } from '../common/security/access.decorators.js';
import { PreviewMailDto } from './dto/preview-mail.dto.js';
import { templatePage, templatesPage } from './development-mail-pages.js';
import { LOCALES } from './locales/choose-locale.js';
import { MAIL_PAGE_POLICY } from './mail-page.js';
import { MailRenderer } from './templates/mail-renderer.js';
import type { MailContent } from './templates/mail-template.js';
import { SAMPLE_DATA } from './templates/sample-data.js';
import type { TemplateName } from './templates/templates.js';

const READER = 'Ada Lovelace';

/** Shows every mail with sample data; for whoever writes them, and only in development. */
@ApiExcludeController()
@Controller({ path: 'dev/mail/templates', version: VERSION_NEUTRAL })
@Public()
export class MailPreviewController {
  constructor(private readonly renderer: MailRenderer) {}

  /** Lists every template in every language. */
  @Get()
  @Header('cache-control', 'no-store')
  findAll(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    const names = Object.keys(SAMPLE_DATA) as TemplateName[];
    const templates = names.flatMap((name) =>
      Object.keys(LOCALES).map((locale) => ({
        name,
        locale,
        subject: this.render(name, locale).subject,
        url: `/dev/mail/templates/${name}?locale=${locale}`,
      })),
    );
    return wantsPage(request, reply) ? renderPage(reply, templatesPage(templates)) : { data: templates };
  }

  /** Shows one template. */
  @Get(':name')
  @Header('cache-control', 'no-store')
  findOne(
    @Param('name') name: string,
    @Query() { locale, format }: PreviewMailDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): MailContent | string {
    if (!isTemplate(name)) throw new RouteNotFoundError('There is no such mail template.');
    const content = this.render(name, locale);
    const isPage = wantsPage(request, reply) && format === undefined;
    if (isPage) return renderPage(reply, templatePage(name, locale, Object.keys(LOCALES), content));
    if (format === 'json') return content;
    void reply.type(`text/${format === 'text' ? 'plain' : 'html'}; charset=utf-8`);
    if (format === 'text') return content.text;
    void reply.header('content-security-policy', MAIL_PAGE_POLICY);
    return content.html;
  }

  private render(name: TemplateName, locale?: string): MailContent {
    return this.renderer.render(name, SAMPLE_DATA[name], { name: READER, locale });
  }
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(SAMPLE_DATA, name);
}
