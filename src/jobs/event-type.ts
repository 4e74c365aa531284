/**
 * What a member of the data of an event is. With `?` it may be null or absent; `uuid[]` is a list of ids, and `money` an amount in minor units
 * with its currency; `availability` is what shoppers see of stock.
 */
export type EventDatum =
  'uuid' | 'uuid?' | 'uuid[]' | 'string' | 'string?' | 'integer' | 'integer?' | 'boolean' | 'money' | 'availability';

/** One type of event, as the catalogue shows it. */
export interface EventType<Type extends string = string> {
  /** `<aggregate>.<what happened>`. */
  readonly type: Type;
  readonly aggregateType: string;
  /** When it happens: one sentence. */
  readonly summary: string;
  /** Every member of `data`. */
  readonly data: Readonly<Record<string, EventDatum>>;
}

/** The names of the types in a list of `describeEvents`. */
export type NameIn<Types extends readonly EventType[]> = Types[number]['type'];

/**
 * The types of events about one kind of aggregate, as their feature describes them beside its event class.
 *
 * @param summaries When each happens, by type.
 * @param more What single types say beyond what all of them do.
 */
export function describeEvents<Type extends string>(
  aggregateType: string,
  data: EventType['data'],
  summaries: Readonly<Record<Type, string>>,
  more?: { readonly [One in Type]?: EventType['data'] },
): readonly EventType<Type>[] {
  return (Object.keys(summaries) as Type[]).map((type) => ({
    type,
    aggregateType,
    summary: summaries[type],
    data: { ...data, ...more?.[type] },
  }));
}
