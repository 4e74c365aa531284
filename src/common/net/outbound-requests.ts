import { promises as dns } from 'node:dns';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import os from 'node:os';
import type { Environment } from '../../config/environment.js';
import { type AddressRules, isReachable, nameOf, portOf, readTarget, RefusedAddressError } from './outbound-address.js';

/** How long the names of a target may take when somebody waits for the answer of the API. */
const CHECK_PATIENCE_MS = 2_000;
/** Of an answer no more is read, nor waited for once its status is there. */
const BODY_LIMIT = 65_536;
const BODY_PATIENCE_MS = 2_000;
const MAX_HEADER_BYTES = 16_384;

/** Nobody answered: no such name, no connection, no trust in a certificate, a refused address, or too late. Details are for the log. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** What was answered. */
export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What was read of it: all, or its beginning. */
  readonly body: Buffer;
}

export interface OutboundSettings extends AddressRules {
  /** Where this process listens. */
  readonly ownPort: number;
  /** All addresses of a name. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  /** Further certificates to trust. */
  readonly ca?: string;
}

/**
 * Sends to addresses that somebody outside has named, and to none that only we can reach (server-side request forgery).
 *
 * The address is parsed, resolved, and refused unless every address behind its name may be reached; then the connection is made to what
 * was checked and to nothing else, so that a name which changes in between gains nothing. Redirects are answers like any other. No
 * connection is kept.
 */
export class OutboundRequests {
  constructor(private readonly settings: OutboundSettings) {}

  /**
   * Whether something could be sent there now. A name that is not known yet passes, as every sending looks again.
   *
   * @returns the address as it will be used.
   * @throws RefusedAddressError
   */
  async check(text: string): Promise<string> {
    const url = readTarget(text, this.settings);
    try {
      await this.addressesOf(url, AbortSignal.timeout(CHECK_PATIENCE_MS));
    } catch (error) {
      if (error instanceof RefusedAddressError) throw error;
    }
    return url.href;
  }

  /**
   * Posts `body` and waits for the answer, names and body included, no longer than `timeoutMs`.
   *
   * @throws NoAnswerError; the reason of `signal` once that is aborted.
   */
  async post(
    text: string,
    request: { headers: Readonly<Record<string, string>>; body: string; timeoutMs: number; signal: AbortSignal },
  ): Promise<OutboundAnswer> {
    // Not `AbortSignal.timeout`, whose timer would outlive an answer that comes at once.
    const limit = new AbortController();
    const abort = () => limit.abort(new Error('No answer in time'));
    const timer = setTimeout(abort, request.timeoutMs);
    request.signal.addEventListener('abort', abort, { once: true });
    const { signal } = limit;
    try {
      request.signal.throwIfAborted();
      const url = readTarget(text, this.settings);
      const addresses = await this.addressesOf(url, signal);
      return await this.exchange(url, addresses, { ...request, signal });
    } catch (error) {
      request.signal.throwIfAborted();
      const { code, message } = error as Error & { code?: string };
      throw new NoAnswerError(code ?? message, { cause: error });
    } finally {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', abort);
    }
  }

  /** @throws RefusedAddressError when any of them must not be reached. */
  private async addressesOf(url: URL, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = await before(signal, this.resolve(nameOf(url)));
    if (addresses.length === 0) throw new Error('The name has no address');
    if (!addresses.every((address) => isReachable(address, this.settings.allowsPrivate)))
      throw new RefusedAddressError('must not lead to an address of a private network');
    if (portOf(url) === this.settings.ownPort && addresses.some(isOfThisMachine))
      throw new RefusedAddressError('must not be our own');
    return addresses;
  }

  /** Names of this machine are not asked for: RFC 6761 section 6.3. */
  private async resolve(hostname: string): Promise<readonly string[]> {
    if (isIP(hostname) !== 0) return [hostname];
    if (hostname === 'localhost' || hostname.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    return this.settings.resolve(hostname);
  }

  private exchange(
    url: URL,
    addresses: readonly string[],
    { headers, body, signal }: { headers: Readonly<Record<string, string>>; body: string; signal: AbortSignal },
  ): Promise<OutboundAnswer> {
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        method: 'POST',
        headers,
        agent: false,
        signal,
        // Not asked for an address that is written as one, which has been checked as well.
        lookup: answering(addresses),
        maxHeaderSize: MAX_HEADER_BYTES,
        rejectUnauthorized: true,
        ...(this.settings.ca === undefined ? {} : { ca: this.settings.ca }),
      });
      request.on('error', reject);
      request.on('close', () => reject(new Error('The connection was closed')));
      request.on('upgrade', () => request.destroy());
      request.on('response', (response) => {
        void bodyOf(response).then((read) => {
          resolve({ status: response.statusCode!, headers: response.headers, body: read });
          request.destroy();
        });
      });
      request.end(body);
    });
  }
}

/** The requests of this installation. */
export function outboundRequests(environment: Environment): OutboundRequests {
  const { WEBHOOK_ALLOW_PRIVATE: allowsPrivate, isProduction, PUBLIC_URL, PORT } = environment;
  return new OutboundRequests({
    allowsPrivate,
    allowsHttp: !isProduction,
    own: new URL(PUBLIC_URL),
    ownPort: PORT,
    // The names of this machine and its neighbours (/etc/hosts) matter only where those may be reached.
    resolve: allowsPrivate ? resolveBySystem : resolveByServers,
  });
}

const resolveBySystem = async (hostname: string): Promise<string[]> =>
  (await dns.lookup(hostname, { all: true })).map(({ address }) => address);

/**
 * Asks the name servers directly. `dns.lookup` would hold one of four threads of the process until it is answered, and a name server that
 * is not answering would thus stop hashing and reading of files.
 */
async function resolveByServers(hostname: string): Promise<string[]> {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
  return found;
}

/** A look-up that knows the answer. */
function answering(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    if (options.all) callback(null, all);
    else callback(null, all[0]!.address, all[0]!.family);
  };
}

/** The beginning of a body; a connection that breaks, or takes its time, ends it like any other end. */
function bodyOf(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => end(), BODY_PATIENCE_MS);
    const end = () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).subarray(0, BODY_LIMIT));
    };
    response.on('error', end);
    response.on('close', end);
    response.on('end', end);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= BODY_LIMIT) end();
    });
  });
}

/** Waits for `work` until the signal comes; its late failure concerns nobody. */
async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort!);
  }
}

/** True for loopback and for the addresses of the network interfaces. */
function isOfThisMachine(address: string): boolean {
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(os.networkInterfaces()).some((of) => of?.some((own) => own.address === address));
}
