import { Controller, Get, Header, HttpCode, Put, Query, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientDevice, type Device } from '../../auth/sessions.service.js';
import { LOGIN_POLICY } from '../../auth/throttles.js';
import { DomainError, forbidden, PROBLEM_STATUS } from '../../common/errors/domain.error.js';
import {
  AuthenticationRequiredError,
  InsufficientScopeError,
  RouteNotFoundError,
} from '../../common/errors/request.errors.js';
import { formMembersOf } from '../../common/http/form-body.js';
import { type Html, html, renderPage } from '../../common/http/page.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../common/security/access.decorators.js';
import { type AuthenticatedUser, hasScope } from '../../common/security/principal.js';
import { Environment } from '../../config/environment.js';
import { BoardSessions, type BoardSignIn, maySee } from './board-sessions.service.js';
import { QueueBoard } from './queue-board.js';

const BASE = '/admin/queues';
/** Everything comes from this server, nothing stands inline, and nothing is sent elsewhere. */
const BOARD_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const ONLY_A_PASSKEY =
  'Your second factor is a passkey, and no recovery code is left: make new ones, or add an authenticator app, to sign in here.';
const NOT_JOBS = 'Your account may not see the jobs: it needs the scope jobs:read.';

/** The request was made by a page of somebody else. */
class ForeignRequestError extends forbidden(
  'auth.foreign_request',
  'Not from here',
  'Only pages of this server may do that.',
) {}

/** Production keeps passwords and cookies off the open line. */
class InsecureRequestError extends forbidden(
  'auth.insecure_request',
  'Only over HTTPS',
  'The queues are shown over HTTPS only; a proxy in front of the server must be named in TRUST_PROXY.',
) {}

/** Bull Board at `/admin/queues`, behind a sign-in of its own: browsers send no bearer tokens. Not part of the API. */
@ApiExcludeController()
@Controller({ path: 'admin/queues', version: VERSION_NEUTRAL })
@Public({ credentials: 'ignored' })
export class BoardController {
  constructor(
    private readonly sessions: BoardSessions,
    private readonly board: QueueBoard,
    private readonly environment: Environment,
  ) {}

  /** Signs in, in one step or two, and goes on to the board. */
  @Post('sign-in')
  @HttpCode(200)
  @Idempotent({ ignored: true })
  @RateLimit(LOGIN_POLICY)
  @RouteConfig({ takesForm: true })
  @Header('cache-control', 'no-store')
  async signIn(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @ClientDevice() device: Device,
  ): Promise<string> {
    this.checkOrigin(request);
    const form = formMembersOf(request);
    const text = (name: string): string => (form.get(name) ?? '').slice(0, 1_000);
    const challengeToken = form.get('challengeToken');
    try {
      const outcome = challengeToken
        ? await this.sessions.answer(challengeToken, text('code').replaceAll(' ', ''), device)
        : await this.sessions.begin(text('email'), text('password'), device);
      return this.goOn(reply, outcome);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      void reply.code(PROBLEM_STATUS[error.kind]).headers({ ...error.headers });
      void reply.removeHeader('www-authenticate');
      const isSecondStep = challengeToken !== undefined && error.code === 'auth.invalid_second_factor';
      return signInPage(reply, error.message, isSecondStep ? challengeToken : undefined);
    }
  }

  /** Asks whether to sign out: a link must not do it by itself. */
  @Get('sign-out')
  @Header('cache-control', 'no-store')
  askToSignOut(@Res({ passthrough: true }) reply: FastifyReply): string {
    const body = html`<h1>Sign out?</h1>
      <form method="post" action="${BASE}/sign-out"><button type="submit">Sign out</button></form>`;
    return page(reply, body);
  }

  /** Ends the session. */
  @Post('sign-out')
  @HttpCode(200)
  @Idempotent({ ignored: true })
  @RouteConfig({ takesForm: true })
  @Header('cache-control', 'no-store')
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    this.checkOrigin(request);
    await this.sessions.signOut(await this.sessions.find(request), reply);
    return signInPage(reply, 'You are signed out.');
  }

  /** The page of the board, its files, and what it asks; or the page to sign in on. */
  @Get(['', '*'])
  @Header('cache-control', 'no-store')
  async read(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.checkLine(request);
    const path = pathOf(request);
    const isPage = !/^\/(?:api|static)\//.test(path);
    const user = await this.sessions.find(request);
    if (isPage && (!user || !maySee(user))) {
      void reply.code(user ? 403 : 401);
      return signInPage(reply, user ? NOT_JOBS : '');
    }
    this.admit(user, request);
    if (path.startsWith('/api/')) return this.ask(request, reply, user!, query);
    // The files too: one of the scripts runs as a worker, under the policy that came with it.
    void reply.header('content-security-policy', BOARD_POLICY).header('referrer-policy', 'same-origin');
    if (isPage) {
      void reply.type('text/html; charset=utf-8');
      return this.board.page(`${BASE}/`);
    }
    const file = await this.board.file(path.slice('/static/'.length));
    if (!file) throw new RouteNotFoundError('There is no such file.');
    void reply.type(file.type);
    return file.bytes;
  }

  /** Does what the pages ask for. */
  @Put('*')
  @Header('cache-control', 'no-store')
  async change(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    this.checkOrigin(request);
    const user = await this.sessions.find(request);
    this.admit(user, request);
    return this.ask(request, reply, user!, {});
  }

  private async ask(
    request: FastifyRequest,
    reply: FastifyReply,
    user: AuthenticatedUser,
    query: Record<string, unknown>,
  ): Promise<unknown> {
    const body = (request.body ?? {}) as Record<string, unknown>;
    const mayWrite = hasScope(user, 'jobs:write');
    const asked = { method: request.method, path: pathOf(request), query: { ...query }, body, mayWrite };
    const answer = await this.board.answer(asked);
    void reply.code(answer.status);
    return answer.status === 204 ? undefined : answer.body;
  }

  /** Lets who may see the jobs pass, and notes who it is. @throws AuthenticationRequiredError, InsufficientScopeError */
  private admit(user: AuthenticatedUser | null, request: FastifyRequest): void {
    if (!user) throw new AuthenticationRequiredError('Sign in at /admin/queues first.');
    request.principal = user;
    if (!maySee(user)) throw new InsufficientScopeError(['jobs:read']);
  }

  private goOn(reply: FastifyReply, outcome: BoardSignIn): string {
    switch (outcome.state) {
      case 'in':
        this.sessions.setCookie(reply, outcome.sessionId);
        void reply.code(303).header('location', BASE);
        return '';
      case 'code':
        return signInPage(reply, '', outcome.challengeToken);
      case 'passkey':
        void reply.code(403);
        return signInPage(reply, ONLY_A_PASSKEY);
      case 'refused':
        void reply.code(403);
        return signInPage(reply, NOT_JOBS);
    }
  }

  /** @throws InsecureRequestError */
  private checkLine(request: FastifyRequest): void {
    if (this.environment.isProduction && request.protocol !== 'https') throw new InsecureRequestError();
  }

  /**
   * A browser says where a request comes from; beside the cookie, which other sites cannot have sent, it must be here.
   *
   * @throws InsecureRequestError, ForeignRequestError
   */
  private checkOrigin(request: FastifyRequest): void {
    this.checkLine(request);
    const { origin, 'sec-fetch-site': site } = request.headers;
    const isOurs = origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
    if (site === undefined ? !isOurs : site !== 'same-origin') throw new ForeignRequestError();
  }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]!.slice(BASE.length).replace(/^$/, '/');
}

function page(reply: FastifyReply, body: Html): string {
  const text = renderPage(reply, { title: 'Queues', body: html`<div class="narrow">${body}</div>`, root: '/' });
  // With no referrer at all, browsers would not say either that a form comes from here.
  void reply.header('referrer-policy', 'same-origin');
  return text;
}

/** @param challengeToken Of a sign-in that waits for its code. */
function signInPage(reply: FastifyReply, notice: string, challengeToken?: string): string {
  const fields = challengeToken
    ? html`<input type="hidden" name="challengeToken" value="${challengeToken}" />
        <label for="code">Code of your authenticator app, or a recovery code</label>
        <input id="code" name="code" autocomplete="one-time-code" required autofocus />`
    : html`<label for="email">E-mail address</label>
        <input id="email" name="email" type="email" autocomplete="username" required autofocus />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />`;
  return page(
    reply,
    html`<h1>Queues</h1>
      <p>For staff who watch the jobs of the shop.</p>
      ${notice === '' ? '' : html`<p role="status"><strong>${notice}</strong></p>`}
      <form method="post" action="${BASE}/sign-in">
        ${fields}
        <p><button type="submit">Sign in</button></p>
      </form>`,
  );
}
