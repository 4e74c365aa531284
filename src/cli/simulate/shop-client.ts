import { setTimeout as sleep } from 'node:timers/promises';

/** An answer of the shop: what it says, and how it said it. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface ShopRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`, or from the root when it begins with `//`. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  /** Makes repeating the request harmless. */
  readonly key?: string;
}

/** The shop answered something that the simulation has no use for. */
export class UnexpectedAnswerError extends Error {
  constructor(request: ShopRequest, answer: Answer<unknown>) {
    super(
      `${request.method ?? 'GET'} ${request.path} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`,
    );
  }
}

const ATTEMPTS = 8;
const FIRST_DELAY_MS = 100;
const TIMEOUT_MS = 60_000;
/** `request.in_progress`: the first send is still at work, and the next one gets its answer. */
const IN_PROGRESS = 'request.in_progress';

/** Talks to the API as a careful client does: repeats with the same key what got no answer, and waits when it is told to. */
export class ShopClient {
  /** Answers of 500 and above. */
  serverErrors = 0;
  /** Requests that were sent again because no answer came. */
  retries = 0;
  /** Times that a rate limit made the client wait. */
  rateLimited = 0;

  constructor(
    private readonly url: string,
    private readonly onRateLimit: () => void,
  ) {}

  /** @returns the answer, whatever its status below 500. @throws Error when the shop does not answer, or keeps failing. */
  async send<Body>(request: ShopRequest): Promise<Answer<Body>> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt<Body>(request).catch((error: unknown) => ({ error }));
      if ('answer' in outcome && outcome.waitMs === undefined) return outcome.answer;
      if (attempt >= ATTEMPTS && !('answer' in outcome && outcome.answer.status === 429)) {
        throw 'answer' in outcome ? new UnexpectedAnswerError(request, outcome.answer) : outcome.error;
      }
      if (!('answer' in outcome)) this.retries += 1;
      await sleep(('answer' in outcome ? outcome.waitMs : undefined) ?? FIRST_DELAY_MS * 2 ** (attempt - 1));
    }
  }

  /** @throws UnexpectedAnswerError unless the answer is a 2xx. */
  async get<Body>(path: string, token?: string): Promise<Body> {
    return this.expect<Body>({ path, token });
  }

  /** @throws UnexpectedAnswerError unless the answer is a 2xx. */
  async expect<Body>(request: ShopRequest): Promise<Body> {
    const answer = await this.send<Body>(request);
    if (answer.status < 200 || answer.status > 299) throw new UnexpectedAnswerError(request, answer);
    return answer.body;
  }

  private async attempt<Body>(request: ShopRequest): Promise<{ answer: Answer<Body>; waitMs?: number }> {
    const { method = 'GET', path, body, token, key } = request;
    const response = await fetch(path.startsWith('//') ? this.url + path.slice(1) : `${this.url}/api/v1${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 1) * 1_000;
    if (response.status >= 500) {
      this.serverErrors += 1;
      return { answer, waitMs: retryAfterMs };
    }
    if (response.status === 429) {
      this.rateLimited += 1;
      this.onRateLimit();
      return { answer, waitMs: retryAfterMs };
    }
    const code = (answer.body as { code?: string } | undefined)?.code;
    return code === IN_PROGRESS ? { answer, waitMs: retryAfterMs } : { answer };
  }
}

/** Runs `work` for every item, at most `limit` at a time. @returns what came of each, in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
