import { createRequire } from 'node:module';
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Environment } from '../../config/environment.js';
import { currentContext } from '../http/request-context.js';
import { callerIds } from '../security/principal.js';

/** Members that never reach a log, wherever they stand in the first three levels of what is logged. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'orderToken',
  'cartToken',
  'secret',
  'clientSecret',
  'key',
  '["x-order-token"]',
  '["x-cart-token"]',
];

/** Members of a failed statement that hold values of rows: `parameters` (TypeORM), `detail` and `where` (PostgreSQL). */
const VALUES_OF_ROWS = new Set(['parameters', 'detail', 'where', 'driverError']);

function describeError(error: Error): unknown {
  const described: unknown = pino.stdSerializers.err(error);
  if (typeof described !== 'object' || described === null) return described;
  return Object.fromEntries(Object.entries(described).filter(([name]) => !VALUES_OF_ROWS.has(name)));
}

/** What every line of a request or job says of it; what a line says itself comes first. */
function describeContext(): object {
  const context = currentContext();
  return context ? { requestId: context.requestId, ...callerIds(context.origin?.caller) } : {};
}

/** The logger of the process: one JSON object a line, or coloured text in development. Secrets are replaced by `[redacted]`. */
export function createLogger(
  environment: Pick<Environment, 'LOG_LEVEL' | 'LOG_FORMAT' | 'ROLE'>,
  destination?: DestinationStream,
): Logger {
  const options = {
    level: environment.LOG_LEVEL,
    base: { role: environment.ROLE },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    mixin: describeContext,
    redact: {
      paths: SECRET_NAMES.flatMap((name) =>
        ['', '*.', '*.*.'].map((prefix) => (name.startsWith('[') ? prefix.replace(/\.$/, '') : prefix) + name),
      ),
      censor: '[redacted]',
    },
  };
  return pino(
    options,
    destination ?? (environment.LOG_FORMAT === 'pretty' ? prettyStream() : pino.destination({ sync: false })),
  );
}

/** How lines for people look. Each is one line, but for the stack of a failure; that of a request says what of it people look for. */
export const PRETTY_OPTIONS = {
  translateTime: 'SYS:HH:MM:ss',
  singleLine: true,
  ignore: 'pid,hostname,role,method,path,status,ms,address',
  messageFormat: ({ msg, method, path, status, ms }: Record<string, unknown>): string =>
    msg === 'request' ? `${String(method)} ${String(path)} ${String(status)} ${String(ms)} ms` : String(msg),
};

/**
 * Lines for people go to standard error, so that standard output holds only what a command answers.
 *
 * pino-pretty is a development dependency; without it the lines stay JSON.
 */
function prettyStream(): DestinationStream {
  try {
    const pretty = createRequire(`${process.cwd()}/`)('pino-pretty') as (options: object) => DestinationStream;
    return pretty({ ...PRETTY_OPTIONS, colorize: process.stderr.isTTY, destination: 2, sync: true });
  } catch {
    return pino.destination({ dest: 2, sync: false });
  }
}

/** Lets Nest log through pino, with the name of the class as `context`. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    if (isFacts(message)) return this.logger.info(withOrigin(message, context));
    // Nest tells of every module and route it sets up; that is of interest only when something is wrong with them.
    this.logger.debug({ context }, String(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.logger.error(
      { context, err: message instanceof Error ? message : undefined, stack: rest.length > 1 ? rest[0] : undefined },
      String(message),
    );
  }
  warn(message: unknown, context?: string): void {
    if (isFacts(message)) return this.logger.warn(withOrigin(message, context));
    this.logger.warn({ context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    if (isFacts(message)) return this.logger.debug(withOrigin(message, context));
    this.logger.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
}

/** What a feature logs for machines to search: named facts, with the text in `msg`. */
interface Facts {
  msg: string;
}

function isFacts(message: unknown): message is Facts {
  return typeof message === 'object' && message !== null && 'msg' in message;
}

function withOrigin(facts: Facts, context: string | undefined): object {
  return { context, ...facts };
}
