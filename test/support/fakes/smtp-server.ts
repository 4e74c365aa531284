import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A message that the server has taken responsibility for. */
export interface AcceptedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body as they were sent. */
  readonly message: string;
}

/** What the server does: take a message or go on, refuse for now, break the connection, or leave it unanswered. */
export type Verdict = 'accept' | 'refuse' | 'break' | 'hang';

/** A mail server of a few commands (RFC 5321), without TLS, that a test can make fail. */
export class FakeSmtpServer {
  readonly accepted: AcceptedMail[] = [];
  /** Messages that arrived whole, whatever became of them. */
  arrivals = 0;
  /** Called for each arrival, with its number from 1 on. */
  verdict: (arrival: number) => Verdict = () => 'accept';
  /** Called for each command before a message, such as `EHLO`, `MAIL`, `RCPT` or `DATA`; it says what becomes of that. */
  manners: (command: string) => Verdict = () => 'accept';
  /** Connections so far. */
  connections = 0;

  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.serve(socket));
  }

  static async start(): Promise<FakeSmtpServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeSmtpServer(server);
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    this.connections += 1;
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    let buffer = '';
    let from = '';
    let to: string[] = [];
    let isData = false;
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    say('220 fake ESMTP');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      buffer += chunk;
      for (;;) {
        const end = buffer.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          this.judge(socket, { from, to, message: line.replace(/^\.\./gm, '.') });
          continue;
        }
        const manner = this.manners(line.slice(0, 4).toUpperCase());
        if (manner === 'break') socket.destroy();
        else if (manner === 'refuse') say('451 try again later');
        else if (manner === 'hang') continue;
        else if (/^(EHLO|HELO)/i.test(line)) say('250 fake');
        else if (/^MAIL FROM:/i.test(line)) {
          from = /<(.*?)>/.exec(line)?.[1] ?? '';
          to = [];
          say('250 ok');
        } else if (/^RCPT TO:/i.test(line)) {
          to.push(/<(.*)>/.exec(line)?.[1] ?? '');
          say('250 ok');
        } else if (/^DATA/i.test(line)) {
          isData = true;
          say('354 go ahead');
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  }

  private judge(socket: Socket, mail: AcceptedMail): void {
    this.arrivals += 1;
    const verdict = this.verdict(this.arrivals);
    if (verdict === 'accept') {
      this.accepted.push(mail);
      socket.write('250 taken\r\n');
    } else if (verdict === 'refuse') socket.write('451 try again later\r\n');
    else if (verdict === 'break') socket.destroy();
  }
}
