import { readOidcProviders } from './oidc-providers.js';

const CLIENT = { clientId: 'shop', clientSecret: 's3cr3t-value' };
const COMPANY = { name: 'company', issuer: 'https://login.company.internal', ...CLIENT };

const read = (list: unknown, allowsHttp = false) => readOidcProviders(JSON.stringify(list), allowsHttp);

describe('readOidcProviders', () => {
  it('takes any issuer, and asks for who it is, address and name', () => {
    expect(read([COMPANY])).toEqual([
      {
        name: 'company',
        label: 'company',
        protocol: 'oidc',
        issuer: 'https://login.company.internal',
        ...CLIENT,
        scopes: ['openid', 'email', 'profile'],
      },
    ]);
  });

  it('knows Google and GitHub, and GitHub at another place', () => {
    const [google, github, enterprise] = read([
      { name: 'google', preset: 'google', ...CLIENT },
      { name: 'github', preset: 'github', ...CLIENT },
      { name: 'code', preset: 'github', issuer: 'https://git.company.internal', label: 'Company Git', ...CLIENT },
    ]);
    expect(google).toMatchObject({ label: 'Google', protocol: 'oidc', issuer: 'https://accounts.google.com' });
    expect(github).toMatchObject({
      label: 'GitHub',
      protocol: 'github',
      issuer: 'https://github.com',
      scopes: ['read:user', 'user:email'],
    });
    expect(enterprise).toMatchObject({ label: 'Company Git', issuer: 'https://git.company.internal' });
  });

  it('takes an issuer without TLS in development and tests only', () => {
    const local = [{ ...COMPANY, issuer: 'http://127.0.0.1:4000' }];
    expect(read(local, true)).toHaveLength(1);
    expect(() => read(local)).toThrow('[0].issuer must be an https address; http is for development and tests');
  });

  it.each<[string, unknown, string]>([
    ['a list that is none', { google: COMPANY }, 'must be a JSON list'],
    ['an entry that is none', ['google'], '[0] must be an object'],
    ['an unknown member', [{ ...COMPANY, isuer: 'x' }], '[0].isuer is not known'],
    ['a missing issuer', [{ name: 'company', ...CLIENT }], '[0].issuer is missing'],
    ['an issuer that is no address', [{ ...COMPANY, issuer: 'company' }], '[0].issuer must be an https address'],
    ['an issuer with credentials', [{ ...COMPANY, issuer: 'https://a:b@c.internal' }], '[0].issuer must not have'],
    ['an issuer for Google', [{ ...COMPANY, preset: 'google' }], '[0].issuer is that of the preset'],
    ['an unknown preset', [{ ...COMPANY, preset: 'toString' }], '[0].preset must be one of google, github'],
    ['a missing secret', [COMPANY, { ...COMPANY, name: 'b', clientSecret: ' ' }], '[1].clientSecret is missing'],
    ['a missing client', [{ ...COMPANY, clientId: undefined }], '[0].clientId is missing'],
    ['a name twice', [COMPANY, COMPANY], 'names two providers "company"'],
    ['a name that cannot stand in a path', [{ ...COMPANY, name: 'My Company' }], '[0].name must be'],
    ['a name that is taken', [{ ...COMPANY, name: 'result' }], '[0].name must be'],
    ['scopes without openid', [{ ...COMPANY, scopes: ['email'] }], '[0].scopes must hold openid'],
    ['scopes that are no list', [{ ...COMPANY, scopes: 'openid email' }], '[0].scopes must be a list'],
    ['a label of two lines', [{ ...COMPANY, label: 'a\nb' }], '[0].label must be one line'],
  ])('refuses %s and says where', (_what, list, message) => {
    expect(() => read(list)).toThrow(message);
    expect(() => read(list)).not.toThrow('s3cr3t-value');
  });

  it('never quotes a text that it cannot read', () => {
    expect(() => readOidcProviders('[{"clientSecret": "s3cr3t-value"', false)).toThrow(/^is not valid JSON$/);
  });
});
