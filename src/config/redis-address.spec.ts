import { readRedisAddress } from './redis-address.js';

describe('an address of Redis', () => {
  it.each([
    ['redis://cache', { form: 'standalone', isEncrypted: false, hosts: [{ host: 'cache', port: 6379 }], database: 0 }],
    [
      'rediss://shop:p%40ss%2Fw:rd@cache.internal:6380/3',
      {
        form: 'standalone',
        isEncrypted: true,
        hosts: [{ host: 'cache.internal', port: 6380 }],
        username: 'shop',
        password: 'p@ss/w:rd',
        database: 3,
      },
    ],
    ['redis://:secret@[::1]:6379/', { hosts: [{ host: '::1', port: 6379 }], password: 'secret', database: 0 }],
    [
      'redis+sentinel://shop:secret@a:26380,b/main/2',
      {
        form: 'sentinel',
        isEncrypted: false,
        hosts: [
          { host: 'a', port: 26380 },
          { host: 'b', port: 26379 },
        ],
        username: 'shop',
        password: 'secret',
        masterName: 'main',
        database: 2,
      },
    ],
    ['rediss+sentinel://a/main', { form: 'sentinel', isEncrypted: true, masterName: 'main', database: 0 }],
    [
      'rediss+cluster://:secret@a:7000, b:7001',
      {
        form: 'cluster',
        isEncrypted: true,
        hosts: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
        ],
        password: 'secret',
      },
    ],
    ['redis+cluster://a/0', { form: 'cluster', database: 0 }],
  ])('is read from %s', (url, address) => {
    expect(readRedisAddress(url)).toMatchObject(address);
  });

  it.each([
    ['http://cache', /must begin with redis:\/\//],
    ['redis+proxy://cache', /must begin with redis:\/\//],
    ['redis://', /must have a host/],
    ['redis://cache:0', /must have a host/],
    ['redis://cache:65536', /must have a host/],
    ['redis://a,b', /lists several hosts, which takes redis\+sentinel/],
    ['redis://cache/shop', /the number of a database/],
    ['redis://cache?family=6', /takes no query/],
    ['redis://:50%off@cache', /percent-encoding/],
    ['redis+sentinel://a:26379', /must name the master/],
    ['redis+sentinel://a:26379/main/shop', /the number of a database/],
    ['redis+sentinel://a,,b/main', /commas between several/],
    ['redis+cluster://a,b/1', /a cluster has none but 0/],
  ])('is refused when it is %s', (url, message) => {
    expect(() => readRedisAddress(url)).toThrow(message);
  });
});
