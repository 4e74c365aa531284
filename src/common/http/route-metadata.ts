import type { ExecutionContext } from '@nestjs/common';

/**
 * Reads what a decorator says of a route: of its handler, or else of its class.
 *
 * It is looked up once a route and not once a request, as it never changes.
 */
export function routeMetadata<Value>(key: string): (context: ExecutionContext) => Value | undefined {
  return onceARoute((handler, controller) =>
    [handler, controller]
      .map((target) => Reflect.getMetadata(key, target) as Value)
      .find((value) => value !== undefined),
  );
}

/** Remembers what `find` says of a route; a handler that two classes inherit is two routes. */
export function onceARoute<Value>(
  find: (handler: object & { readonly name: string }, controller: object) => Value,
): (context: ExecutionContext) => Value {
  const found = new WeakMap<object, WeakMap<object, { value: Value }>>();
  return (context) => {
    const handler = context.getHandler();
    const controller = context.getClass();
    let routes = found.get(controller);
    if (!routes) found.set(controller, (routes = new WeakMap()));
    let entry = routes.get(handler);
    if (!entry) routes.set(handler, (entry = { value: find(handler, controller) }));
    return entry.value;
  };
}
