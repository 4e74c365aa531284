import { Controller, Get, Header, Param, Query, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RouteNotFoundError } from '../common/errors/request.errors.js';
import { renderPage, wantsPage } from '../common/http/page.js';
import { Public } from '../common/security/access.decorators.js';
import { mailboxPage, mailPage } from './development-mail-pages.js';
import { DevelopmentMailbox } from './development-mailbox.js';
import { ListDevelopmentMailsDto } from './dto/list-development-mails.dto.js';
import { type MailFormat, ReadDevelopmentMailDto } from './dto/read-development-mail.dto.js';
import { MAIL_PAGE_POLICY } from './mail-page.js';
import { MailTransport } from './mail-transport.js';

const MEDIA_TYPES: Readonly<Record<Exclude<MailFormat, 'json'>, string>> = {
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  // Not message/rfc822, which browsers save instead of showing.
  eml: 'text/plain; charset=utf-8',
};

/** Shows what the mailbox of development holds; not part of the API, and not there when mail is really sent. */
@ApiExcludeController()
@Controller({ path: 'dev/mail', version: VERSION_NEUTRAL })
@Public()
export class DevelopmentMailController {
  constructor(private readonly transport: MailTransport) {}

  /** Lists the newest mails. */
  @Get()
  @Header('cache-control', 'no-store')
  async findAll(
    @Query() query: ListDevelopmentMailsDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const mails = await this.mailbox.list(query.limit, query.to);
    if (wantsPage(request, reply)) return renderPage(reply, mailboxPage(mails, query.to));
    return { data: mails.map(({ text: _text, html: _html, ...mail }) => mail) };
  }

  /** Shows one mail. */
  @Get(':id')
  @Header('cache-control', 'no-store')
  async findOne(
    @Param('id') id: string,
    @Query() query: ReadDevelopmentMailDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const [mail, message] = await Promise.all([this.mailbox.find(id), this.mailbox.findMessage(id)]);
    if (!mail || message === null) throw new RouteNotFoundError('There is no such mail in the development mailbox.');
    const isPage = wantsPage(request, reply) && query.format === undefined;
    if (isPage) return renderPage(reply, mailPage(mail));
    const { format = 'json' } = query;
    if (format === 'json') return { ...mail, headers: headersOf(message) };
    void reply.type(MEDIA_TYPES[format]);
    if (format === 'html') void reply.header('content-security-policy', MAIL_PAGE_POLICY);
    return { html: mail.html, text: mail.text, eml: message }[format];
  }

  private get mailbox(): DevelopmentMailbox {
    if (!(this.transport instanceof DevelopmentMailbox))
      throw new RouteNotFoundError('Nothing is served at this address.');
    return this.transport;
  }
}

/** Header fields by lower-case name, unfolded (RFC 5322 section 2.2.3); of a repeated one, the last. */
function headersOf(message: string): Record<string, string> {
  const [head = ''] = message.split('\r\n\r\n', 1);
  const fields = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
}
