import { Controller, Get, Header, Param, Query, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RouteNotFoundError } from '../common/errors/request.errors.js';
import { Public } from '../common/security/access.decorators.js';
import { AccountPages } from './account-pages.js';

/** Everything comes from this server, nothing stands inline, and nothing is sent but by the script to the API. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The pages that links in mails lead to, for shops without a storefront; not part of the API. */
@ApiExcludeController()
@Controller({ path: 'account', version: VERSION_NEUTRAL })
@Public({ credentials: 'ignored' })
export class AccountPagesController {
  constructor(private readonly pages: AccountPages) {}

  /**
   * Serves a page, or its script or style.
   *
   * @param _query Taken and ignored: mail programs and trackers add parameters of their own to links.
   */
  @Get(':file')
  @Header('content-security-policy', CONTENT_SECURITY_POLICY)
  @Header('referrer-policy', 'no-referrer')
  @Header('cache-control', 'no-store')
  async findOne(
    @Param('file') name: string,
    @Query() _query: Record<string, string>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const file = await this.pages.find(name);
    if (!file) throw new RouteNotFoundError('There is no such page.');
    void reply.type(file.type);
    return file.text;
  }
}
