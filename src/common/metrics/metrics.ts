import { Injectable } from '@nestjs/common';

/** One number of a metric, with the labels that tell it from its others. Labels never name a person, nor a path as it was asked for. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Something that operators watch. */
export interface Metric {
  /** As Prometheus wants it: `storehouse_<what>_<unit>`, counters with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels?: readonly string[];
  /** Called when somebody asks; a metric whose reading fails is left out of that answer. */
  read(): readonly Sample[] | Promise<readonly Sample[]>;
}

/** Where features say what of theirs can be watched; `GET /metrics` reads each of them. */
@Injectable()
export class Metrics {
  private readonly metrics: Metric[] = [];

  /** Adds metrics; to be called once, when the module starts. */
  add(...metrics: readonly Metric[]): void {
    this.metrics.push(...metrics);
  }

  all(): readonly Metric[] {
    return this.metrics;
  }
}

/** Counts what happened in this process, by names out of a fixed set. */
export class Tally {
  private readonly counts = new Map<string, number>();

  constructor(private readonly labels: readonly string[]) {}

  add(...names: readonly string[]): void {
    const key = names.join(' ');
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  samples(): Sample[] {
    return [...this.counts].map(([key, value]) => {
      const names = key.split(' ');
      return { value, labels: Object.fromEntries(this.labels.map((label, index) => [label, names[index]!])) };
    });
  }
}

/** Problems answered, by their code: refused stock and exceeded limits are among them. */
export const refusals = new Tally(['code']);
