import type { Response } from 'light-my-request';
import type { TestApp } from './test-app.js';

/** A sign-in that has been sent to a provider. */
export interface BegunSignIn {
  authorizationUrl: string;
  /** What the browser that began has to send back. */
  cookie: string;
}

/** Begins a sign-in the way a program does. */
export async function beginSignIn(app: TestApp, provider: string, query = ''): Promise<BegunSignIn> {
  const answer = await app.get(`/auth/oidc/${provider}${query}`, { headers: { accept: 'application/json' } });
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`);
  return {
    authorizationUrl: answer.json<{ authorizationUrl: string }>().authorizationUrl,
    cookie: String(answer.headers['set-cookie']).split(';', 1)[0]!,
  };
}

/** Brings what a provider sent back to the app, as the browser with this cookie. */
export function comeBack(app: TestApp, back: URL, cookie?: string): Promise<Response> {
  return app.get(back.pathname.replace('/api/v1', '') + back.search, {
    headers: cookie === undefined ? {} : { cookie },
  });
}

/** What a redirect hands to the script of a page. */
export function fragmentOf(answer: Response): URLSearchParams {
  return new URLSearchParams(new URL(answer.headers.location!).hash.slice(1));
}
