/**
 * Something that happened to one aggregate, in the past tense. It carries ids, not entities: readers load fresh state.
 *
 * `aggregateVersion` is the aggregate's version after the change, so that a reader can put its events in order.
 */
export interface DomainEvent {
  readonly type: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;
}
