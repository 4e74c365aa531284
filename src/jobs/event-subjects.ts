import { Injectable } from '@nestjs/common';

/** Reads what events are about, as staff see it in the API; those that are gone are left out. */
export type ReadSubjects = (ids: readonly string[]) => Promise<ReadonlyMap<string, object>>;

/** Where features say how the subjects of their events are read: full webhook payloads show them as they are when sent. */
@Injectable()
export class EventSubjects {
  private readonly readers = new Map<string, ReadSubjects>();

  /** @param aggregateType As events name it; to be called once, when the module starts. */
  add(aggregateType: string, read: ReadSubjects): void {
    this.readers.set(aggregateType, read);
  }

  /** The subject of an event; null when it is gone, or nobody can read it. */
  async find(aggregateType: string, id: string): Promise<object | null> {
    return (await this.readers.get(aggregateType)?.([id]))?.get(id) ?? null;
  }
}
