import type { Environment } from '../config/environment.js';
import { Secrets } from '../common/secrets.js';
import { AuditChain, canonicalJson, FIRST_PREVIOUS_HASH, type HashedRecord } from './audit-chain.js';

const chainOf = (key: string) => new AuditChain(new Secrets({ SECRETS_KEY: key.repeat(32) } as Environment));
const chain = chainOf('0a');
const record: HashedRecord = {
  sequence: 1,
  id: '01970c1e-7f3a-7c55-9d8e-0242ac120003',
  at: new Date('2026-01-01T12:00:00.123Z'),
  action: 'user.roles_changed',
  actorKind: 'user',
  actorId: '01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f',
  impersonatorId: null,
  targetType: 'user',
  targetId: '01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f',
  before: { roles: ['support'], version: 1 },
  after: { version: 2, roles: ['support', 'catalogue'] },
  address: '203.0.113.9',
  userAgent: 'Browser',
  requestId: 'r-1',
  previousHash: FIRST_PREVIOUS_HASH,
};

describe('AuditChain', () => {
  it('computes what it has always computed: another encoding would make every log in use look forged', () => {
    const hash = chain.hashOf(record);
    expect(hash.toString('hex')).toBe('2dd6cf4b242e1008d477fdc1060db800e71999fd204a064618998f1e369d2202');
    expect(chain.sealOf(1, hash).toString('hex')).toBe(
      '88cc4d4fe2412af79bffa875b39d7c4bd41b351dbf879de73ebeb66d93723926',
    );
  });

  it('depends on the key', () => {
    expect(chainOf('0b').hashOf(record)).not.toEqual(chain.hashOf(record));
  });

  it('does not depend on the order of members, in which PostgreSQL does as it likes', () => {
    const after = { roles: ['support', 'catalogue'], version: 2 };
    expect(chain.hashOf({ ...record, after })).toEqual(chain.hashOf(record));
  });

  it('takes nothing of one column for a part of the next', () => {
    const hashes = [
      { targetType: 'ab', targetId: 'c' },
      { targetType: 'a', targetId: 'bc' },
      { targetType: 'ab","c', targetId: '' },
      { targetType: null, targetId: 'null' },
      { targetType: 'null', targetId: null },
      { before: null, after: {} },
      { before: {}, after: null },
    ].map((columns) => chain.hashOf({ ...record, ...columns }).toString('hex'));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('seals one end of the chain: no other place, no other entry, and no hash of an entry passes for a seal', () => {
    const hash = chain.hashOf(record);
    const seal = chain.sealOf(1, hash);
    expect(chain.isSealed(1, hash, seal)).toBe(true);
    expect(chain.isSealed(2, hash, seal)).toBe(false);
    expect(chain.isSealed(1, seal, seal)).toBe(false);
    expect(chain.isSealed(1, hash, hash)).toBe(false);
    expect(chain.isSealed(1, hash, seal.subarray(0, 16))).toBe(false);
    expect(chain.isSealed(1, hash, Buffer.alloc(0))).toBe(false);
  });
});

describe('canonicalJson', () => {
  it('is JSON with the members of every object in order', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x"\n' }], a: {}, 10: true, 9: 1.5 })).toBe(
      '{"10":true,"9":1.5,"a":{},"b":[1,{"c":"x\\"\\n","d":null}]}',
    );
  });
});
