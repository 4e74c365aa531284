/** Upper bounds in seconds; the last one, without an end, is not written down. */
export const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const UNMATCHED = 'unmatched';

/** What Fastify keeps of a route; always the same object for one. */
export interface CountedRoute {
  readonly url?: string;
}

/** How long the answers of one route with one class of status took. */
export interface RequestTimes {
  readonly method: string;
  /** The template, such as `/api/v1/orders/:id`; `unmatched` for what no route took. */
  readonly route: string;
  /** `2xx`. */
  readonly status: string;
  /** How many ended within each bucket and not within the one before; one more than there are bounds. */
  readonly counts: number[];
  seconds: number;
}

/** Of one route, by the first digit of the status. */
type RouteTimes = RequestTimes[];

const routes = new Map<string, RouteTimes>();
/** The same by what Fastify keeps of a route, so that no request has to put a name together. */
const routesByConfig = new Map<object, RouteTimes>();

/**
 * Counts a finished request. It is called for each one, so it looks up two things and adds two numbers; the histogram of Prometheus is
 * made of them when somebody asks.
 */
export function countRequest(route: CountedRoute, method: string, status: number, ms: number): void {
  let ofRoute = routesByConfig.get(route);
  if (!ofRoute) {
    // Methods that no route took come from the client, but Node's parser knows only a few dozen.
    ofRoute = routeTimes(`${method} ${route.url ?? UNMATCHED}`);
    if (route.url !== undefined) routesByConfig.set(route, ofRoute);
  }
  const statusClass = Math.trunc(status / 100);
  const times = (ofRoute[statusClass] ??= {
    method,
    route: route.url ?? UNMATCHED,
    status: `${statusClass}xx`,
    counts: new Array<number>(BUCKETS.length + 1).fill(0),
    seconds: 0,
  });
  const seconds = ms / 1000;
  let bucket = 0;
  while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket += 1;
  times.counts[bucket]! += 1;
  times.seconds += seconds;
}

function routeTimes(name: string): RouteTimes {
  let times = routes.get(name);
  if (!times) routes.set(name, (times = []));
  return times;
}

/** Everything counted since the start of the process. */
export function requestTimes(): RequestTimes[] {
  return [...routes.values()].flatMap((ofRoute) => Object.values(ofRoute));
}
