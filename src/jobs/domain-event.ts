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

/** Something that happened to a resource of which nothing is told but which one it is, at the version it has afterwards. */
export class ResourceEvent<Type extends string> implements DomainEvent {
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param idName Under which member of `data` its id stands. */
  constructor(
    readonly type: Type,
    readonly aggregateType: string,
    idName: string,
    { id, version }: { readonly id: string; readonly version: number },
    more: Readonly<Record<string, unknown>> = {},
  ) {
    this.aggregateId = id;
    this.aggregateVersion = version;
    this.data = { [idName]: id, ...more };
  }
}
