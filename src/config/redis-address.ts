/** Where Redis is, and in which form it runs. */
export interface RedisAddress {
  readonly form: 'standalone' | 'sentinel' | 'cluster';
  readonly isEncrypted: boolean;
  /** The server; or the Sentinels; or nodes of the cluster, which know the others. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  /** What the Sentinels call the master; for that form only. */
  readonly masterName?: string;
  readonly database: number;
}

/** What is wrong with a `REDIS_URL`; never repeats it, as it may hold a password. */
export class InvalidRedisUrlError extends Error {}

/** Scheme, form, user and password, hosts, path, and a query. */
const URL_FORM = /^redis(s)?(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const HOST_FORM = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;
const SERVER_PORT = 6379;
const SENTINEL_PORT = 26379;

/**
 * Reads a `REDIS_URL`:
 *
 * - `redis://user:password@host:6379/0`: one server;
 * - `redis+sentinel://user:password@host:26379,host:26379/master-name/0`: the master that the Sentinels name;
 * - `redis+cluster://user:password@host:6379,host:6379`: a cluster, found by way of some of its nodes.
 *
 * `rediss` in place of `redis` encrypts. Signs such as `@`, `/` and `%` in a password are written in percent-encoding.
 *
 * @throws InvalidRedisUrlError with the first thing that is wrong.
 */
export function readRedisAddress(url: string): RedisAddress {
  const parts = URL_FORM.exec(url);
  if (!parts) throw wrong('must begin with redis://, redis+sentinel:// or redis+cluster://, or with rediss for TLS');
  const [, encrypted, form = 'standalone', credentials, hosts = '', path = '', query] = parts;
  if (query !== undefined) throw wrong('takes no query; there are settings beside it');
  const address = {
    isEncrypted: encrypted !== undefined,
    hosts: readHosts(hosts, form === 'sentinel' ? SENTINEL_PORT : SERVER_PORT),
    ...readCredentials(credentials),
  };
  if (form === 'sentinel') {
    const [masterName, database = '', ...rest] = path.split('/');
    if (!masterName || rest.length > 0)
      throw wrong('must name the master behind the Sentinels: redis+sentinel://host:26379/master-name');
    return { form, ...address, masterName: decoded(masterName), database: readDatabase(database) };
  }
  const database = readDatabase(path);
  if (form === 'cluster') {
    if (database !== 0) throw wrong('names a database, and a cluster has none but 0');
    return { form, ...address, database };
  }
  if (address.hosts.length > 1) throw wrong('lists several hosts, which takes redis+sentinel:// or redis+cluster://');
  return { form: 'standalone', ...address, database };
}

function readHosts(text: string, defaultPort: number): RedisAddress['hosts'] {
  return text.split(',').map((item) => {
    const [, host, port = String(defaultPort)] = HOST_FORM.exec(item.trim()) ?? [];
    if (!host || Number(port) < 1 || Number(port) > 65_535)
      throw wrong('must have a host, or host:port, and commas between several');
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
}

function readCredentials(text = ''): Pick<RedisAddress, 'username' | 'password'> {
  const [username = '', ...password] = text.split(':');
  return {
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password.length === 0 ? {} : { password: decoded(password.join(':')) }),
  };
}

function readDatabase(text: string): number {
  if (!/^\d{0,4}$/.test(text)) throw wrong('must end with the number of a database, or without');
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('has a % that begins no percent-encoding');
  }
}

function wrong(what: string): InvalidRedisUrlError {
  return new InvalidRedisUrlError(what);
}
