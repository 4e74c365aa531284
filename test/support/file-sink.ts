import { appendFileSync, readFileSync } from 'node:fs';
import type { EventResponseDto } from '../../src/events/dto/event-response.dto.js';
import { EventSink } from '../../src/events/sinks/event-sink.js';

/** An engine in a file, of which several processes can be the sink; it lets a test decide what becomes of a batch. */
export class FileSink extends EventSink {
  override readonly isOffered = true;
  /** Called before a batch is written, with its number from 1 on. */
  before: (batch: number) => void | Promise<void> = () => undefined;
  /** Called after it was written. */
  after: (batch: number) => void | Promise<void> = () => undefined;
  batches = 0;

  constructor(private readonly path: string) {
    super();
  }

  get events(): EventResponseDto[] {
    const lines = readFileSync(this.path, { encoding: 'utf8', flag: 'a+' }).split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as EventResponseDto);
  }

  override async send(events: readonly EventResponseDto[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const batch = ++this.batches;
    await this.before(batch);
    signal.throwIfAborted();
    appendFileSync(this.path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await this.after(batch);
  }
}
