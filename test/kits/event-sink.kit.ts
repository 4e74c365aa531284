import { newId } from '../../src/common/ids.js';
import { EVENT_API_VERSION, type EventResponseDto } from '../../src/events/dto/event-response.dto.js';
import type { EventSink } from '../../src/events/sinks/event-sink.js';
import { eventually } from '../support/test-worker.js';

/** An event as a reader of the engine has it. */
export interface TakenEvent {
  /** By what the engine keeps events together and in order. */
  readonly key: string;
  readonly event: unknown;
}

export interface SinkSandbox {
  readonly sink: EventSink;
  /** What a reader has so far; events of one key in the order of the engine. */
  taken(): TakenEvent[] | Promise<TakenEvent[]>;
  /** Lets the engine stand still without an answer, which it does once this has returned, or go on. */
  hang(isHanging: boolean): void | Promise<void>;
  stop?(): Promise<void>;
}

/** How long a test waits for a batch to be taken, and for an answer that it knows will not come. */
const PATIENCE_MS = 60_000;
const IMPATIENCE_MS = 500;

let sequence = 0;

/** An event of an aggregate as sinks are handed it. */
export const buildEnvelope = (parts: Partial<EventResponseDto> = {}): EventResponseDto => ({
  id: newId(),
  type: 'order.confirmed',
  occurredAt: new Date('2026-03-01T10:00:00Z'),
  sequence: ++sequence,
  aggregate: { type: 'order', id: newId(), version: 1 },
  data: { orderId: newId(), customerId: null, note: 'Grüße 🧾\t"=,' },
  apiVersion: EVENT_API_VERSION,
  requestId: null,
  ...parts,
});

/** Events of some aggregates, taking turns. */
const buildMany = (aggregates: number, each: number): EventResponseDto[] => {
  const ids = Array.from({ length: aggregates }, () => newId());
  return Array.from({ length: aggregates * each }, (_, index) =>
    buildEnvelope({
      aggregate: { type: 'order', id: ids[index % aggregates]!, version: Math.floor(index / aggregates) + 1 },
    }),
  );
};

/**
 * Holds a sink to the contract of `EventSink`.
 *
 * @param make Called once, before the first test; undefined where there is no engine to test with.
 */
export function describeEventSink(name: string, make: () => Promise<SinkSandbox | undefined>): void {
  describe(`${name}, as a sink of events`, () => {
    let sandbox: SinkSandbox | undefined;
    beforeAll(async () => {
      sandbox = await make();
    });
    afterEach(() => sandbox?.hang(false));
    afterAll(() => sandbox?.stop?.());

    /** A test that needs an engine. */
    const rule = (title: string, test: (engine: SinkSandbox) => Promise<void>): void => {
      it(title, async () => {
        if (sandbox) await test(sandbox);
        expect.hasAssertions();
        expect(sandbox === undefined || sandbox.sink.isOffered).toBe(true);
      });
    };
    const send = (engine: SinkSandbox, events: readonly EventResponseDto[], patienceMs = PATIENCE_MS) =>
      engine.sink.send(events, AbortSignal.timeout(patienceMs));
    const asSent = (event: EventResponseDto): unknown => JSON.parse(JSON.stringify(event));
    /** What of these aggregates has been read, once every one of the events has been. */
    const read = async (engine: SinkSandbox, events: readonly EventResponseDto[]) => {
      const keys = new Set(events.map(({ aggregate }) => aggregate.id));
      let taken: TakenEvent[] = [];
      await eventually(async () => {
        taken = (await engine.taken()).filter(({ key }) => keys.has(key));
        const ids = new Set(taken.map(({ event }) => (event as EventResponseDto).id));
        return events.every(({ id }) => ids.has(id));
      });
      return taken;
    };
    const versionsOf = (taken: readonly TakenEvent[], id: string) =>
      taken.filter(({ key }) => key === id).map(({ event }) => (event as EventResponseDto).aggregate.version);

    rule('has handed a batch over to the letter when it returns, by the id of the aggregate', async (engine) => {
      const events = [buildEnvelope(), buildEnvelope({ data: {}, requestId: newId() })];
      await send(engine, events);
      const taken = await read(engine, events);
      expect(taken).toHaveLength(events.length);
      for (const event of events) expect(taken).toContainEqual({ key: event.aggregate.id, event: asSent(event) });
    });

    rule('keeps the events of each aggregate in order, over batches of many', async (engine) => {
      const events = buildMany(40, 25);
      for (let from = 0; from < events.length; from += 300) await send(engine, events.slice(from, from + 300));
      const taken = await read(engine, events);
      expect(taken).toHaveLength(events.length);
      for (const { aggregate } of events.slice(0, 40))
        expect(versionsOf(taken, aggregate.id)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    });

    rule('takes a batch again: repeats have the same id', async (engine) => {
      const events = buildMany(3, 4);
      await send(engine, events);
      await send(engine, events.slice(6));
      const taken = await read(engine, events);
      for (const { event } of taken) expect(events.map(asSent)).toContainEqual(event);
      expect(new Set(taken.map(({ event }) => (event as EventResponseDto).id)).size).toBe(events.length);
    });

    rule('raises an error when the engine does not answer, and hands all over once it does', async (engine) => {
      const events = buildMany(3, 5);
      await engine.hang(true);
      await expect(send(engine, events, IMPATIENCE_MS)).rejects.toThrow();
      await expect(send(engine, events, IMPATIENCE_MS)).rejects.toThrow();
      await engine.hang(false);
      await send(engine, events);
      const later = events.map((event) =>
        buildEnvelope({ aggregate: { ...event.aggregate, version: event.aggregate.version + 5 } }),
      );
      await send(engine, later);
      const taken = await read(engine, [...events, ...later]);
      // Repeats come as they were; what was taken last comes last.
      for (const { aggregate } of events.slice(0, 3)) {
        const versions = versionsOf(taken, aggregate.id);
        expect([...new Set(versions)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: 10 }, (_, index) => index + 1),
        );
        expect(versions.slice(-5)).toEqual([6, 7, 8, 9, 10]);
      }
    });

    rule('sends nothing for a wait that is over already', async (engine) => {
      await expect(engine.sink.send([buildEnvelope()], AbortSignal.abort(new Error('over')))).rejects.toThrow();
    });
  });
}
