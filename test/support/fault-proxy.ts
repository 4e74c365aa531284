import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TcpProxy } from './tcp-proxy.js';

/** One message of PostgreSQL's protocol (manual, "Message Formats"). */
export interface PostgresMessage {
  readonly from: 'client' | 'server';
  /** The byte that names its kind: `Q` and `P` bring a statement, `C` says that one is done. Blank for the first one of a client. */
  readonly kind: string;
  /** Of `Q` and `P` the statement, of `C` what was done, such as `COMMIT` or `INSERT 0 1`; blank for all else. */
  readonly text: string;
}

/** What becomes of a message: it is lost with its connection, or it comes late. */
export type Fault = 'cut' | { readonly delayMs: number };

/** The answer to a COMMIT: PostgreSQL has done it, and without it nobody can know. */
export const isAnswerToCommit = ({ from, kind, text }: PostgresMessage): boolean =>
  from === 'server' && kind === 'C' && text === 'COMMIT';

/** The COMMIT itself, of which PostgreSQL never hears when it is lost. */
export const isCommit = ({ from, kind, text }: PostgresMessage): boolean =>
  from === 'client' && kind === 'Q' && text === 'COMMIT';

/** Stands between the app and PostgreSQL, and loses or delays the messages it is told to. Connections are not encrypted. */
export class FaultProxy extends TcpProxy {
  /** Asked for each message; all is well unless it says otherwise. */
  fault: (message: PostgresMessage) => Fault | undefined = () => undefined;

  static override async to(url: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(url));
    await proxy.open();
    return proxy;
  }

  protected override relay(client: Socket, server: Socket): void {
    // A connection that breaks ends both loops with an error, and is closed by then.
    this.handOn('client', client, server).catch(() => undefined);
    this.handOn('server', server, client).catch(() => undefined);
  }

  private async handOn(from: PostgresMessage['from'], source: Socket, target: Socket): Promise<void> {
    // The first message of a client has no kind.
    let kindBytes = from === 'client' ? 0 : 1;
    let unread: Buffer = Buffer.alloc(0);
    for await (const chunk of source as AsyncIterable<Buffer>) {
      unread = Buffer.concat([unread, chunk]);
      let passed = 0;
      while (unread.length >= passed + kindBytes + 4) {
        const end = passed + kindBytes + unread.readInt32BE(passed + kindBytes);
        if (unread.length < end) break;
        const fault = this.fault(messageOf(from, unread.subarray(passed, end), kindBytes));
        if (fault !== undefined) {
          target.write(unread.subarray(0, passed));
          if (fault === 'cut') return void source.destroy();
          await delay(fault.delayMs);
          [unread, passed] = [unread.subarray(passed), end - passed];
        } else passed = end;
        kindBytes = 1;
      }
      target.write(unread.subarray(0, passed));
      unread = unread.subarray(passed);
    }
  }
}

function messageOf(from: PostgresMessage['from'], bytes: Buffer, kindBytes: number): PostgresMessage {
  const kind = bytes.toString('latin1', 0, kindBytes);
  const start = kindBytes + 4;
  const [first = '', second = ''] =
    (from === 'client' && (kind === 'Q' || kind === 'P')) || (from === 'server' && kind === 'C')
      ? bytes.toString('utf8', start).split('\0', 2)
      : [];
  return { from, kind, text: from === 'client' && kind === 'P' ? second : first };
}
