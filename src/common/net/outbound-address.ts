import ipaddr from 'ipaddr.js';

/** Why nothing is sent to an address, in words for who has named it; the same words whatever stands behind the address. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
}

/** Ports below 1024 that webhooks are received at; the others belong to mail, remote shells and the like. */
const WELL_KNOWN_PORTS = [80, 443];
/** Ports from 1024 on behind which databases, caches and consoles of machines listen. */
const INTERNAL_PORTS = [
  ...[1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5433, 5672, 5900, 5984, 5985, 5986],
  ...[6000, 6379, 6380, 6443, 6432, 7000, 7001, 8086, 9042, 9092, 9200, 9300, 10250, 11211, 15672, 26379, 27017],
];

/** What an installation allows. */
export interface AddressRules {
  /** Private and loopback addresses too; for development. */
  readonly allowsPrivate: boolean;
  /** Addresses without TLS too; for development. */
  readonly allowsHttp: boolean;
  /** The application itself, by the address it is known under. */
  readonly own: URL;
}

/**
 * Reads where something is to be sent, as Node's own parser understands it: no rule looks at the text.
 *
 * @throws RefusedAddressError
 */
export function readTarget(text: string, { allowsHttp, own }: AddressRules): URL {
  if (!URL.canParse(text)) throw new RefusedAddressError('must be an address such as https://example.com/hooks');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowsHttp && url.protocol === 'http:'))
    throw new RefusedAddressError('must begin with https:');
  if (url.username !== '' || url.password !== '') throw new RefusedAddressError('must hold no credentials');
  if (url.href.includes('#')) throw new RefusedAddressError('must have no fragment');
  const port = portOf(url);
  if (port < 1024 ? !WELL_KNOWN_PORTS.includes(port) : INTERNAL_PORTS.includes(port))
    throw new RefusedAddressError('must not have a port of this kind');
  if (nameOf(url) === nameOf(own) && port === portOf(own)) throw new RefusedAddressError('must not be our own');
  return url;
}

/** The host of an address, without the brackets of IPv6 and without the dot of the root. */
export const nameOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$|\.$/g, '');

export const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === 'https:' ? 443 : 80));

/**
 * True for an IP address that anybody on the internet may be reached at. IPv6 addresses that hold one of IPv4 (mapped, compatible,
 * translated, 6to4, Teredo) are refused whatever they hold, as no name on the internet needs them.
 */
export function isReachable(address: string, allowsPrivate: boolean): boolean {
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'unicast') return parsed.kind() === 'ipv4' || isGlobal(parsed as ipaddr.IPv6);
  return allowsPrivate && ['loopback', 'private', 'uniqueLocal'].includes(range);
}

/** Addresses of the internet begin with 001; the library calls all that it has no name for `unicast`. RFC 4291 section 2.4. */
const isGlobal = (address: ipaddr.IPv6): boolean => (address.parts[0]! & 0xe000) === 0x2000;
