import { createHash, randomUUID } from 'node:crypto';
import { CLIENT } from './oidc-issuer.js';
import { type ReceivedRequest, WebServer } from './web-server.js';

/** Somebody at GitHub. */
export interface GitHubUser {
  id: number;
  login: string;
  name: string | null;
  emails: { email: string; primary: boolean; verified: boolean; visibility: string | null }[];
}

/** The parts of GitHub that a sign-in meets, at the addresses of a GitHub Enterprise Server. Refusals have status 200, as there. */
export class FakeGitHub {
  private readonly codes = new Map<string, { user: GitHubUser; challenge: string }>();
  private readonly tokens = new Map<string, GitHubUser>();
  private server!: WebServer;

  static async start(): Promise<FakeGitHub> {
    const github = new FakeGitHub();
    github.server = await WebServer.answering((request) => Promise.resolve(github.answer(request)));
    return github;
  }

  get origin(): string {
    return this.server.origin;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** What the browser of somebody who agrees brings back. */
  visit(authorizationUrl: string, user: GitHubUser): URL {
    const { origin, pathname, searchParams } = new URL(authorizationUrl);
    if (origin !== this.origin || pathname !== '/login/oauth/authorize') throw new Error('This is not GitHub');
    if (searchParams.get('code_challenge_method') !== 'S256') throw new Error('GitHub takes S256 only');
    const code = randomUUID();
    this.codes.set(code, { user, challenge: searchParams.get('code_challenge')! });
    const back = new URL(searchParams.get('redirect_uri')!);
    back.search = new URLSearchParams({ code, state: searchParams.get('state')! }).toString();
    return back;
  }

  private answer({ method, url, headers, form }: ReceivedRequest): { status?: number; json?: unknown } {
    if (method === 'POST' && url.pathname === '/login/oauth/access_token') {
      if (!headers.accept?.includes('application/json')) throw new Error('GitHub would answer with a form');
      return { json: this.token(form) };
    }
    const user = this.tokens.get((headers.authorization ?? '').replace(/^Bearer /, ''));
    if (!headers['user-agent']) return { status: 403, json: { message: 'Request forbidden by administrative rules.' } };
    if (!user) return { status: 401, json: { message: 'Bad credentials' } };
    const { emails, ...profile } = user;
    if (url.pathname === '/api/v3/user') return { json: { ...profile, email: null } };
    if (url.pathname === '/api/v3/user/emails') return { json: emails };
    return { status: 404, json: { message: 'Not Found' } };
  }

  private token(form: URLSearchParams): object {
    if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) {
      return {
        error: 'incorrect_client_credentials',
        error_description: 'The client_id and/or client_secret are wrong.',
      };
    }
    const code = this.codes.get(form.get('code') ?? '');
    this.codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code?.challenge !== challenge) {
      return { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' };
    }
    const token = `gho_${randomUUID()}`;
    this.tokens.set(token, code.user);
    return { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' };
  }
}
