import { Controller, Get, Header, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderPage, wantsPage } from '../common/http/page.js';
import { Public } from '../common/security/access.decorators.js';
import { Environment } from '../config/environment.js';
import { DevelopmentMailModule } from '../mail/development-mail.module.js';
import { DESCRIPTION, doorsOf, homePage } from './home-page.js';
import { securityText } from './security-text.js';

/** What somebody finds who has only the address of the server; not part of the API. */
@ApiExcludeController()
@Controller({ path: '/', version: VERSION_NEUTRAL })
@Public()
export class HomeController {
  constructor(private readonly environment: Environment) {}

  /** Says what this is and where to go on: a page for browsers, an index for others. */
  @Get()
  @Header('cache-control', 'no-cache')
  home(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    const doors = doorsOf(DevelopmentMailModule.isWanted(this.environment));
    if (wantsPage(request, reply)) return renderPage(reply, homePage(this.environment, doors));
    const links = doors.map(({ name, path }) => [name, `/${path}`] as const);
    return { name: 'Storehouse', description: DESCRIPTION, links: { api: '/api/v1', ...Object.fromEntries(links) } };
  }

  /** Tells who wants to hear of weaknesses (RFC 9116). */
  @Get('.well-known/security.txt')
  @Header('cache-control', 'public, max-age=3600')
  @Header('content-type', 'text/plain; charset=utf-8')
  securityText(): string {
    return securityText(this.environment, new Date());
  }
}
