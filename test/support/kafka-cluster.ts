import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { eventually } from './test-worker.js';

const PATH = [process.env.KCAT_PATH ?? '', '/usr/bin/kcat'].find((path) => path !== '' && existsSync(path));

/** A record as another client has read it. */
export interface KafkaRecord {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/**
 * Three brokers in memory, and a consumer of one topic: kcat of Debian holds both. The brokers are those by which librdkafka tests itself, and
 * the consumer is librdkafka, so that nothing of the client under test reads what it wrote.
 */
export class KafkaCluster {
  readonly records: KafkaRecord[] = [];

  private constructor(
    private readonly process: ChildProcess,
    readonly brokers: string,
  ) {}

  /** @returns undefined where there is no kcat, and says on standard error what is therefore not tested. */
  static async start(topic: string): Promise<KafkaCluster | undefined> {
    if (!PATH) {
      process.stderr.write('Kafka not tested: no kcat at /usr/bin/kcat or KCAT_PATH.\n');
      return undefined;
    }
    const settings = ['test.mock.num.brokers=3', 'log_level=7', 'topic.metadata.refresh.interval.ms=500'];
    const kcat = spawn(PATH, [
      ...['-C', '-b', 'none:1', '-t', topic, '-o', 'beginning', '-u', '-E', '-d', 'mock'],
      ...settings.flatMap((setting) => ['-X', setting]),
      ...['-f', '%k\\t%p\\t%o\\t%h\\t%s\\n'],
    ]);
    const brokers = await new Promise<string>((resolve, reject) => {
      kcat.once('exit', () => reject(new Error('kcat has ended')));
      createInterface(kcat.stderr).on('line', (line) => {
        const named = /bootstrap\.servers=([\d.:,]+)/.exec(line);
        if (named) resolve(named[1]!);
      });
    });
    const cluster = new KafkaCluster(kcat, brokers);
    createInterface(kcat.stdout).on('line', (line) => cluster.read(line));
    return cluster;
  }

  /** Lets the brokers stand still, or go on. A thread that runs when it is told to stop may answer first. */
  async hang(isHanging: boolean): Promise<void> {
    this.process.kill(isHanging ? 'SIGSTOP' : 'SIGCONT');
    if (isHanging) await eventually(async () => (await this.statesOfThreads()).every((state) => state === 'T'));
  }

  private async statesOfThreads(): Promise<string[]> {
    const threads = `/proc/${this.process.pid}/task`;
    const stats = (await readdir(threads)).map((thread) => readFile(`${threads}/${thread}/stat`, 'utf8'));
    return (await Promise.all(stats)).map((stat) => stat.slice(stat.lastIndexOf(')') + 2).charAt(0));
  }

  async stop(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
  }

  private read(line: string): void {
    const [key, partition, offset, headers, value] = line.split('\t') as [string, string, string, string, string];
    const fields = headers.split(',').map((field) => field.split('=') as [string, string]);
    this.records.push({
      key,
      partition: Number(partition),
      offset: Number(offset),
      headers: Object.fromEntries(fields),
      value,
    });
  }
}
