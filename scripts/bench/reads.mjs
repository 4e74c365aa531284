// Reads of the catalogue against bare Fastify and pg, which send the same statements or, for the cached list, the same bytes.
import { load, compare } from './load.mjs';

const LIST = '/api/v1/products?limit=20';

/** What is read without the cache, and how much of the yardstick's rate it has to reach. */
const UNCACHED_READS = {
  list: { what: 'product list (20 with prices)', path: LIST, floor: 0.85 },
  slug: { what: 'product by slug', path: '/api/v1/products/bench-77', floor: 0.8 },
};

const KETTLES = `${LIST}&q=kettle`;
const FILTERS = {
  category: 'category=bench-3',
  brand: 'brand=Brand%207',
  attribute: 'attributes[material]=copper',
  price: 'price[gte]=1000&price[lt]=1500',
};

/** Sorting, filtering and searching: measured more briefly, as they are many. */
const FURTHER_READS = {
  'sort-price': { what: 'list by price', path: `${LIST}&sort=price` },
  'sort-name': { what: 'list by name', path: `${LIST}&sort=name` },
  search: { what: 'search "kettle"', path: KETTLES },
  ...Object.fromEntries(
    Object.entries(FILTERS).flatMap(([name, filter]) => [
      [`list-${name}`, { what: `list, filtered by ${name}`, path: `${LIST}&${filter}` }],
      [`search-${name}`, { what: `search "kettle", filtered by ${name}`, path: `${KETTLES}&${filter}` }],
    ]),
  ),
};
const FURTHER_FLOOR = 0.8;

/** The address of each read by its name, under which the yardstick serves the same statements. */
export const READ_PATHS = Object.fromEntries(
  Object.entries({ ...UNCACHED_READS, ...FURTHER_READS }).map(([name, { path }]) => [name, path]),
);

/**
 * Measures every read in turns with its yardstick.
 *
 * @param add Called with name, floor and result of each.
 */
export async function measureReads({ yardstick, uncached, cached }, rounds, add) {
  const against = (name, server, path, length = {}) =>
    compare(reading(yardstick, `/${name}`), reading(server, path), rounds, length);
  const { list, slug } = UNCACHED_READS;
  add(`${list.what}, uncached`, list.floor, await against('list', uncached, list.path));
  add('product list, cached', 0.8, await against('fixed', cached, list.path));
  add(`${slug.what}, uncached`, slug.floor, await against('slug', uncached, slug.path));
  for (const [name, { what, path }] of Object.entries(FURTHER_READS)) {
    add(`${what}, uncached`, FURTHER_FLOOR, await against(name, uncached, path, { seconds: 2 }));
  }
}

/** Reads `path` for some seconds and counts, beside the answers, the processor time that the server takes for each. */
function reading(server, path) {
  return async (seconds) => {
    const before = await server.cpuSeconds();
    const result = await load(server.url + path, { seconds });
    return { ...result, cpuMicros: ((await server.cpuSeconds()) - before) * (1e6 / result.count) };
  };
}
