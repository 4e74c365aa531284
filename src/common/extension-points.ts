import type { Abstract, Provider, Type } from '@nestjs/common';

/** What an implementation of an extension point says of itself. */
export interface Implementation {
  /** Whether the settings of this installation ask for it; looked at once, when the application starts. */
  readonly isOffered: boolean;
}

/** Every implementation of an extension point, by name. */
export type Implementations<Port extends Implementation> = Readonly<Record<string, Type<Port>>>;

/**
 * Nest's providers of an extension point that uses every implementation offered: its abstract class is the token of a `ReadonlyMap` of them
 * by name.
 *
 * Source: docs/decisions/0021-extension-points.md
 */
export function everyOffered<Port extends Implementation>(
  port: Abstract<Port>,
  implementations: Implementations<Port>,
): Provider[] {
  const names = Object.keys(implementations);
  return providersOf(
    port,
    implementations,
    (all) => new Map(all.map((one, index) => [names[index]!, one] as const).filter(([, { isOffered }]) => isOffered)),
  );
}

/**
 * Nest's providers of an extension point that uses one implementation: its abstract class is the token of the last one offered. What a team
 * adds thus comes before what is built in.
 *
 * Source: docs/decisions/0021-extension-points.md
 */
export function lastOffered<Port extends Implementation>(
  port: Abstract<Port>,
  implementations: Implementations<Port>,
): Provider[] {
  return providersOf(port, implementations, (all) => all.findLast(({ isOffered }) => isOffered));
}

function providersOf<Port>(
  provide: Abstract<Port>,
  implementations: Readonly<Record<string, Type<Port>>>,
  choose: (all: Port[]) => unknown,
): Provider[] {
  const inject = Object.values(implementations);
  return [...inject, { provide, inject, useFactory: (...all: Port[]) => choose(all) }];
}
