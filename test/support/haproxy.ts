import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PATH = [process.env.HAPROXY_PATH ?? '', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find(
  (path) => path !== '' && existsSync(path),
);

/** A server behind the balancer. */
export interface Balanced {
  readonly name: string;
  readonly port: number;
}

/** Debian's HAProxy: gives each request to the next server that says it is ready, and names it in `X-Served-By`. */
export class HAProxy {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @returns undefined where there is none, and says on standard error what is therefore not tested. */
  static async start(
    folder: string,
    port: number,
    servers: readonly Balanced[],
    what: string,
  ): Promise<HAProxy | undefined> {
    if (!PATH) {
      process.stderr.write(`${what} not tested: no HAProxy at /usr/sbin/haproxy or HAPROXY_PATH.\n`);
      return undefined;
    }
    const file = join(folder, 'haproxy.cfg');
    await writeFile(
      file,
      `
defaults
  mode http
  timeout connect 5s
  timeout check 5s
  timeout client 60s
  timeout server 60s
  option redispatch
frontend shop
  bind 127.0.0.1:${port}
  default_backend api
backend api
  balance roundrobin
  option httpchk GET /health/ready
  http-response set-header X-Served-By %s
  default-server check inter 500ms fall 4 rise 1
${servers.map((server) => `  server ${server.name} 127.0.0.1:${server.port}`).join('\n')}
`,
    );
    const child = spawn(PATH, ['-db', '-f', file], { stdio: 'ignore' });
    return new HAProxy(child, `http://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await ended;
  }
}
