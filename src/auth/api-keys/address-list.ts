import { BlockList, isIP, isIPv4 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const PREFIX_LENGTH = /^(0|[1-9]\d{0,2})$/;

/** True for an IPv4 or IPv6 address, or a range of them in CIDR form. IPv4 in IPv6 form is refused: it is written as IPv4. */
export function isAddressOrRange(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || /%|^::ffff:/i.test(address)) return false;
  return length === undefined || (PREFIX_LENGTH.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}

/** Which addresses may use a key; an empty list is everyone's. */
export class AddressList {
  private readonly list = new BlockList();
  private readonly isEmpty: boolean;

  /** @param entries Addresses and ranges, as `isAddressOrRange` accepts them. */
  constructor(entries: readonly string[]) {
    this.isEmpty = entries.length === 0;
    for (const entry of entries) {
      const [address = '', length] = entry.split('/');
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (length === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(length), family);
    }
  }

  /** @param address As the server saw it: IPv4 may come in IPv6 form, and a link-local address with its zone. */
  allows(address: string): boolean {
    if (this.isEmpty) return true;
    const [bare = ''] = address.split('%');
    const plain = MAPPED_IPV4.exec(bare)?.[1] ?? bare;
    const version = isIP(plain);
    return version !== 0 && this.list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}
