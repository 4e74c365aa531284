import { setTimeout as sleep } from 'node:timers/promises';

/** Process managers kill what has not ended ten seconds after SIGTERM. */
const DEADLINE_MS = 9_000;
/**
 * Before the process exits, the event loop runs on for so long. `process.exit` joins the threads that compile what has become hot, and one that
 * waits for the main thread to collect garbage would never end (nodejs/node#54918); the loop hears of that and collects.
 */
const SETTLING_MS = 100;
/** npm passes Ctrl-C on to a process that the terminal has already told; that is not a second Ctrl-C. */
const SAME_SIGNAL_MS = 400;
const INTERRUPTED = 130;

type Step = () => Promise<void>;

/** Ends the process in good order: what was added last ends first. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private signalledAt: number | undefined;
  private stopped: Promise<void> | undefined;

  /** @param warn Receives one sentence when something did not end as it should. */
  constructor(private readonly warn: (message: string) => void) {}

  get isStopping(): boolean {
    return this.stopped !== undefined;
  }

  /** Adds something to end; if the end has already begun, it ends at once. */
  async add(step: Step): Promise<void> {
    if (this.stopped) await this.attempt(step);
    else this.steps.push(step);
  }

  /** Ends everything on SIGINT and SIGTERM, and at once on a second Ctrl-C. */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.signalled(signal));
  }

  /** Ends everything, within nine seconds. Calling it again returns the same promise. */
  stop(): Promise<void> {
    return (this.stopped ??= Promise.race([this.runSteps(), this.giveUp()]));
  }

  private signalled(signal: NodeJS.Signals): void {
    const now = performance.now();
    if (this.signalledAt === undefined) {
      this.signalledAt = now;
      void this.stop()
        .then(() => sleep(SETTLING_MS))
        .then(() => process.exit(0));
    } else if (signal === 'SIGINT' && now - this.signalledAt > SAME_SIGNAL_MS) {
      process.exit(INTERRUPTED);
    }
  }

  private async runSteps(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) await this.attempt(step);
  }

  private async attempt(step: Step): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.warn(`Something did not stop as it should: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async giveUp(): Promise<void> {
    await sleep(DEADLINE_MS, undefined, { ref: false });
    this.warn('Not everything ended in time; what was left is abandoned');
  }
}
