import autocannon from 'autocannon';

const WARM_ANSWERS = 5000;
const LONGEST_WARM_UP = 10;

/** Loads `url` for `seconds` and returns answers, their rate and latency; any answer outside 2xx stops the run. */
export async function load(url, { seconds, connections = 32, ...request }) {
  const result = await autocannon({ url, duration: seconds, connections, ...request });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers outside 2xx, ${result.errors} errors`);
  }
  return {
    count: result.requests.total,
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

export function median(numbers) {
  const sorted = [...numbers].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures yardstick and subject in turns, so that a machine that slows down slows both.
 *
 * @returns medians over the rounds, and the median of the per-round ratios.
 */
export async function compare(yardstick, subject, rounds, { seconds = 4 } = {}) {
  const results = [];
  for (const side of [yardstick, subject]) await warmUp(side);
  for (let round = 0; round < rounds; round++) {
    const base = await yardstick(seconds);
    const ours = await subject(seconds);
    results.push({ base, ours, ratio: ours.perSecond / base.perSecond });
  }
  return {
    yardstick: median(results.map(({ base }) => base.perSecond)),
    subject: median(results.map(({ ours }) => ours.perSecond)),
    p99: median(results.map(({ ours }) => ours.p99)),
    ratio: median(results.map(({ ratio }) => ratio)),
    cpuMicros: [median(results.map(({ base }) => base.cpuMicros)), median(results.map(({ ours }) => ours.cpuMicros))],
  };
}

/** Until then the compiler is at work, which the first thousands of answers would pay for; a slow machine needs the longer time. */
async function warmUp(side) {
  for (let answers = 0, seconds = 0; answers < WARM_ANSWERS && seconds < LONGEST_WARM_UP; seconds++) {
    answers += (await side(1)).count;
  }
}
