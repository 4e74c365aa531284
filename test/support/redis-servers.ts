import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { Redis, type RedisOptions } from 'ioredis';
import { type GuardedProcess, spawnGuarded } from '../../src/embedded/guarded-process.js';
import { freePort } from './free-port.js';
import { eventually } from './test-worker.js';

export const PASSWORD = 'correct:horse@battery/staple';
const PORT_ATTEMPTS = 5;

/** Debian's `redis-server`, as a process of this test that cannot outlive it. */
export class RedisServer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly process: GuardedProcess,
  ) {}

  /** @param settings Lines of `redis.conf`; the port and the folder are given. */
  static async start(settings: readonly string[] = [], kind: 'server' | 'sentinel' = 'server'): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'storehouse-redis-'));
    const isEncrypted = settings.some((line) => line.startsWith('tls-port'));
    const file = join(folder, 'redis.conf');
    const linesOf = (port: number, clusterPort: number): string[] => [
      'bind 127.0.0.1',
      `dir ${folder}`,
      ...(isEncrypted ? [] : [`port ${port}`]),
      ...(kind === 'server' ? ['save ""', 'repl-diskless-sync-delay 0'] : []),
      ...settings.map((line) => line.replace('<port>', String(port)).replace('<bus>', String(clusterPort))),
    ];
    for (let attempt = 1; ; attempt++) {
      const [port, clusterPort] = [await freePort(), await freePort()];
      await writeFile(file, linesOf(port, clusterPort).join('\n'));
      try {
        return new RedisServer(port, folder, await spawn([file, ...(kind === 'sentinel' ? ['--sentinel'] : [])]));
      } catch (error) {
        // Somebody else has taken one of the ports meanwhile.
        if (attempt === PORT_ATTEMPTS || !/in use|Failed listening/.test(String(error))) throw error;
      }
    }
  }

  /** A connection for the test itself. */
  connect(more: RedisOptions = {}): Redis {
    const redis = new Redis({ port: this.port, host: '127.0.0.1', password: PASSWORD, ...more });
    return redis.on('error', () => undefined);
  }

  /** Ends the process without a warning, as when its machine loses power. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.process.exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true });
  }
}

async function spawn(args: readonly string[]): Promise<GuardedProcess> {
  const lines: string[] = [];
  let hasEnded = false;
  const server = await spawnGuarded({ command: 'redis-server', args, onLine: (line) => lines.push(line) });
  void server.exited.then(() => (hasEnded = true));
  await eventually(() => hasEnded || lines.some((line) => /Ready to accept connections|Sentinel ID is/.test(line)));
  if (hasEnded) throw new Error(`redis-server has ended:\n${lines.join('\n')}`);
  return server;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Certificates {
  readonly folder: string;
  /** Names of files. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority and a certificate for 127.0.0.1 and `redis.test` that it has signed, for servers and clients alike. */
export async function makeCertificates(): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto);
  const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [caKeys, keys] = [await makeKeys(), await makeKeys()];
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  // A serial number left to chance begins with a needless zero now and then, which OpenSSL refuses to read.
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Authority of a test',
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    ...period,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=redis.test',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...period,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'redis.test' },
      ]),
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'storehouse-certificates-'));
  const write = async (name: string, pem: string): Promise<string> => {
    await writeFile(join(folder, name), pem);
    return join(folder, name);
  };
  return {
    folder,
    ca: await write('ca.pem', ca.toString('pem')),
    cert: await write('redis.pem', certificate.toString('pem')),
    key: await write(
      'redis.key',
      x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    ),
  };
}
