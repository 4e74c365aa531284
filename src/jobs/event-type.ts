/** What an id, a text or a number in the data of an event is; with `?` it may be null. */
export type EventDatum = 'uuid' | 'uuid?' | 'string' | 'string?' | 'integer' | 'integer?' | 'boolean';

/** One type of event, as the catalogue shows it. */
export interface EventType {
  /** `<aggregate>.<what happened>`. */
  readonly type: string;
  readonly aggregateType: string;
  /** When it happens: one sentence. */
  readonly summary: string;
  /** Every member of `data`. */
  readonly data: Readonly<Record<string, EventDatum>>;
}

/**
 * The types of events about one kind of aggregate, as their feature describes them beside its event class.
 *
 * @param summaries When each happens, by type.
 * @param more What single types say beyond what all of them do.
 */
export function describeEvents(
  aggregateType: string,
  data: EventType['data'],
  summaries: Readonly<Record<string, string>>,
  more: Readonly<Record<string, EventType['data']>> = {},
): readonly EventType[] {
  return Object.entries(summaries).map(([type, summary]) => ({
    type,
    aggregateType,
    summary,
    data: { ...data, ...more[type] },
  }));
}
