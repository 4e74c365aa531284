import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type {
  BullBoardQueues,
  ControllerHandlerReturnType,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { DomainError, PROBLEM_STATUS } from '../../common/errors/domain.error.js';
import { isUuid } from '../../common/ids.js';
import { QueueAccess } from '../../jobs/queue-access.js';
import { policyOf, type QueueName } from '../../jobs/queues.js';
import { JobsService } from '../jobs.service.js';

/** A request to the program interface of the board. */
export interface BoardRequest {
  readonly method: string;
  /** Behind the address of the board, such as `/api/queues`. */
  readonly path: string;
  readonly query: Record<string, unknown>;
  readonly body: Record<string, unknown>;
  readonly mayWrite: boolean;
}

export interface BoardAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A file of the pages of the board. */
export interface BoardFile {
  readonly type: string;
  readonly bytes: Buffer;
}

type ApiRoute = Parameters<IServerAdapter['setApiRoutes']>[0][number];
interface Board {
  readonly queues: BullBoardQueues;
  readonly routes: readonly { readonly method: string; readonly pattern: RegExp; readonly route: ApiRoute }[];
  readonly uiConfig: UIConfig;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/vnd.microsoft.icon',
};
const UI_CONFIG: UIConfig = {
  boardTitle: 'Storehouse',
  hideRedisDetails: true,
  favIcon: { default: 'static/images/logo.svg', alternative: 'static/favicon-32x32.png' },
  miscLinks: [{ text: 'Sign out', url: '/admin/queues/sign-out' }],
};
/** What staff may change here, and how it is recorded. All else would go round what PostgreSQL knows of the jobs. */
const ACTIONS: Readonly<Record<string, string>> = {
  pause: 'queue.paused',
  resume: 'queue.resumed',
  promote: 'job.promoted',
  retry: 'job.retried',
  clean: 'job.removed',
};
/** A queue to be paused or resumed, or one of its jobs (every id has a digit) to be promoted, retried or removed. */
const CHANGE =
  /^\/api\/queues\/([a-z-]+)\/(?:([\w:-]*\d[\w:-]*)\/(?=promote|retry|clean)|(?=pause|resume))(pause|resume|promote|retry|clean)$/;
const refused = (status: number, error: string): BoardAnswer => ({ status, body: { error } });

/** Bull Board, without the server that comes with it: its pages and its program interface behind our own door. Loaded on first use. */
@Injectable()
export class QueueBoard {
  private readonly boards = new Map<boolean, Promise<Board>>();
  private readonly files = new Map<string, Promise<BoardFile>>();

  constructor(
    private readonly access: QueueAccess,
    private readonly jobs: JobsService,
    private readonly audit: AuditLog,
  ) {}

  /** The page in which the board runs; the addresses in it are relative to `base`. */
  async page(base: string): Promise<string> {
    const text = await readFile(join(uiFolder(), 'index.ejs'), 'utf8');
    const assets = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, file]) => file!);
    const styles = assets(/<link href="(static\/[\w./-]+\.css)" rel="stylesheet">/g);
    const scripts = assets(/<script defer src="(static\/[\w./-]+\.js)"><\/script>/g);
    const config = JSON.stringify(UI_CONFIG).replaceAll('<', '\\u003c');
    return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <base href="${base}" />
    <title>Queues · Storehouse</title>
    <link rel="icon" id="fav-logo" href="static/images/logo.svg" />
    ${styles.map((file) => `<link rel="stylesheet" href="${file}" />`).join('\n    ')}
  </head>
  <body>
    <script id="__UI_CONFIG__" type="application/json">${config}</script>
    <div id="root"></div>
    ${scripts.map((file) => `<script defer src="${file}"></script>`).join('\n    ')}
  </body>
</html>
`;
  }

  /** One of the files that the page asks for; null when it is none of them. */
  async file(name: string): Promise<BoardFile | null> {
    const type = TYPES[extname(name)];
    if (!type || !/^[\w-]+(?:[./][\w-]+)*$/.test(name)) return null;
    let file = this.files.get(name);
    if (!file) {
      file = readFile(join(uiFolder(), 'static', name)).then((bytes) => ({ type, bytes }));
      file.catch(() => this.files.delete(name));
      this.files.set(name, file);
    }
    return file.catch(() => null);
  }

  /**
   * Answers what the pages ask. Whoever may write can pause and resume queues, and promote, retry and remove jobs; those of events are
   * retried and cancelled as through the API.
   *
   * @throws TemporarilyUnavailableError while Redis does not answer.
   */
  async answer(request: BoardRequest): Promise<BoardAnswer> {
    if (request.method === 'GET') return this.pass(request);
    const change = request.mayWrite && request.method === 'PUT' ? CHANGE.exec(request.path) : null;
    if (!change) return refused(403, 'This cannot be done here.');
    const [, queue = '', job, command = ''] = change;
    if (job !== undefined && isUuid(job) && command !== 'promote') return this.command(`${queue}:${job}`, command);
    const answer = await this.pass(request);
    const target = job === undefined ? { type: 'queue', id: queue } : { type: 'job', id: `${queue}:${job}` };
    if (answer.status < 300) await this.audit.record({ action: ACTIONS[command]!, target });
    return answer;
  }

  /** Jobs of events are PostgreSQL's: it decides, and Redis follows. */
  private async command(id: string, command: string): Promise<BoardAnswer> {
    try {
      await (command === 'retry' ? this.jobs.retry(id) : this.jobs.cancel(id));
      return { status: 204, body: {} };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return refused(PROBLEM_STATUS[error.kind], error.message);
    }
  }

  private async pass({ method, path, query, body, mayWrite }: BoardRequest): Promise<BoardAnswer> {
    let board = this.boards.get(mayWrite);
    if (!board) this.boards.set(mayWrite, (board = this.load(mayWrite)));
    board.catch(() => this.boards.delete(mayWrite));
    const { routes, queues, uiConfig } = await board;
    const found = routes.find((one) => one.method === method.toLowerCase() && one.pattern.test(path));
    if (!found) return refused(404, 'There is no such thing.');
    const params = Object.fromEntries(
      Object.entries(found.pattern.exec(path)!.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    const asked = { queues, uiConfig, query, params, body, headers: {} };
    const answer: ControllerHandlerReturnType = await this.access.use(async () => found.route.handler(asked));
    return { status: answer.status ?? 200, body: answer.body };
  }

  private async load(mayWrite: boolean): Promise<Board> {
    const [{ createBullBoard }, { BullAdapter }] = await Promise.all([
      import('@bull-board/api'),
      import('@bull-board/api/bullAdapter'),
    ]);
    const adapters = await this.access.use(async ({ all }) =>
      all.map((queue) => {
        const description = policyOf(queue.name as QueueName).does;
        return new BullAdapter(queue, { readOnlyMode: !mayWrite, description });
      }),
    );
    const capture = new Capture();
    createBullBoard({
      queues: adapters,
      serverAdapter: capture,
      options: { uiBasePath: dirname(uiFolder()), uiConfig: UI_CONFIG },
    });
    const routes = capture.routes.flatMap((route) =>
      [route.method].flat().flatMap((method) =>
        [route.route].flat().map((path) => {
          const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
          return { method, pattern, route };
        }),
      ),
    );
    return { queues: capture.queues!, routes, uiConfig: capture.uiConfig };
  }
}

/** Takes what the board would give to a server. */
class Capture implements IServerAdapter {
  queues: BullBoardQueues | undefined;
  routes: readonly ApiRoute[] = [];
  uiConfig: UIConfig = {};

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }
  setApiRoutes(routes: ApiRoute[]): this {
    this.routes = routes;
    return this;
  }
  setUIConfig(uiConfig: UIConfig): this {
    this.uiConfig = uiConfig;
    return this;
  }
  setViewsPath = (): this => this;
  setStaticPath = (): this => this;
  setEntryRoute = (): this => this;
  setErrorHandler = (): this => this;
}

function uiFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')), 'dist');
}
