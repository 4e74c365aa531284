import type { Environment } from '../config/environment.js';
import { addressFor, banner } from './banner.js';

const environment = {
  ADMIN_EMAIL: 'admin@shop.test',
  DATA_DIR: '/srv/data',
  DATABASE_URL: 'postgres://app:secret@db.test:5432/shop',
  REDIS_URL: 'redis://:secret@cache.test:6379',
} as Environment;
const rest = { announce: () => Promise.resolve(), stop: () => Promise.resolve() };

describe('the four lines', () => {
  it('show where given servers are, without their passwords, and no password that the settings gave', () => {
    const text = banner({ environment, embedded: { postgres: false, redis: false }, ...rest }, 'http://localhost:3000');
    expect(text).toBe(
      'API    http://localhost:3000/api/v1\n' +
        'Docs   http://localhost:3000/docs\n' +
        'Admin  admin@shop.test  password: your ADMIN_PASSWORD\n' +
        'Data   /srv/data, postgres://db.test:5432/shop, redis://cache.test:6379\n',
    );
  });

  it('show every host of a Redis that has several', () => {
    const sentinels = { ...environment, REDIS_URL: 'redis+sentinel://app:sec@ret@a.test,b.test:2/main' } as Environment;
    const text = banner({ environment: sentinels, embedded: { postgres: true, redis: false }, ...rest }, '');
    expect(text).toContain('Data   /srv/data, redis+sentinel://a.test,b.test:2/main\n');
  });

  it.each([
    ['127.0.0.1', 'http://localhost:80'],
    ['0.0.0.0', 'http://localhost:80'],
    ['10.1.2.3', 'http://10.1.2.3:80'],
    ['fd00::1', 'http://[fd00::1]:80'],
  ])('name the address %s as %s', (host, address) => {
    expect(addressFor({ HOST: host }, 80)).toBe(address);
  });
});
