/** A provider that people may sign in with, as `OIDC_PROVIDERS` names it. */
export interface OidcProviderSetting {
  /** Part of the addresses of the sign-in: `/auth/oidc/{name}`. */
  readonly name: string;
  /** What a button of the sign-in page says. */
  readonly label: string;
  /** `github` speaks OAuth 2.0 without ID tokens; all others are OpenID Connect. */
  readonly protocol: 'oidc' | 'github';
  /** Base of the provider's addresses, and who subjects are unique for. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

const MEMBERS = ['name', 'preset', 'issuer', 'clientId', 'clientSecret', 'scopes', 'label'];
const MAX_PROVIDERS = 20;
const NAME_FORM = /^[a-z][a-z0-9-]{0,29}$/;
/** Names that would stand where another address below `/auth/oidc` stands. */
const RESERVED_NAMES = ['result'];
const SCOPE_FORM = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
/** One line that can stand on a button. */
const LABEL_FORM = /^[^\p{Cc}\u2028\u2029]{1,60}$/u;
const OIDC_SCOPES = ['openid', 'email', 'profile'];

interface Preset {
  readonly protocol: OidcProviderSetting['protocol'];
  readonly label: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** GitHub is also installed elsewhere (GitHub Enterprise Server); Google is not. */
  readonly takesIssuer: boolean;
}

const PRESETS: Readonly<Record<string, Preset>> = {
  google: {
    protocol: 'oidc',
    label: 'Google',
    issuer: 'https://accounts.google.com',
    scopes: OIDC_SCOPES,
    takesIssuer: false,
  },
  github: {
    protocol: 'github',
    label: 'GitHub',
    issuer: 'https://github.com',
    scopes: ['read:user', 'user:email'],
    takesIssuer: true,
  },
};

/** What is wrong with a list of providers; says where, and never what a secret is. */
export class InvalidOidcProvidersError extends Error {}

/**
 * Reads the value of `OIDC_PROVIDERS`: a JSON list of `{name, preset?, issuer?, clientId, clientSecret, scopes?, label?}`.
 *
 * @param allowsHttp Whether an issuer may be reached without TLS: in development and tests only.
 * @throws InvalidOidcProvidersError with the first thing that is wrong.
 */
export function readOidcProviders(text: string, allowsHttp: boolean): OidcProviderSetting[] {
  const list = parsed(text);
  if (!Array.isArray(list)) throw new InvalidOidcProvidersError('must be a JSON list of providers');
  if (list.length > MAX_PROVIDERS) throw new InvalidOidcProvidersError(`must not list more than ${MAX_PROVIDERS}`);
  const providers = list.map((entry: unknown, index) => readProvider(entry, index, allowsHttp));
  const names = providers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidOidcProvidersError(`names two providers "${twice}"`);
  return providers;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says would quote the text, which holds secrets.
    throw new InvalidOidcProvidersError('is not valid JSON');
  }
}

function readProvider(entry: unknown, index: number, allowsHttp: boolean): OidcProviderSetting {
  const fail = (where: string, what: string): never => {
    throw new InvalidOidcProvidersError(`[${index}]${where} ${what}`);
  };
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return fail('', 'must be an object');
  const given = entry as Record<string, unknown>;
  const unknown = Object.keys(given).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined) fail(`.${unknown}`, `is not known; a provider has ${MEMBERS.join(', ')}`);
  const { name, preset: presetName, label, scopes } = given;
  if (typeof name !== 'string' || !NAME_FORM.test(name) || RESERVED_NAMES.includes(name)) {
    return fail('.name', 'must be up to 30 lower-case letters, digits and hyphens, beginning with a letter');
  }
  const preset = typeof presetName === 'string' && Object.hasOwn(PRESETS, presetName) ? PRESETS[presetName] : undefined;
  if (presetName !== undefined && !preset) fail('.preset', `must be one of ${Object.keys(PRESETS).join(', ')}`);
  if (label !== undefined && !(typeof label === 'string' && LABEL_FORM.test(label.trim()))) {
    fail('.label', 'must be one line of up to 60 characters');
  }
  for (const member of ['clientId', 'clientSecret']) {
    if (typeof given[member] !== 'string' || given[member].trim() === '') fail(`.${member}`, 'is missing');
  }
  if (scopes !== undefined && !isScopeList(scopes)) fail('.scopes', 'must be a list of scopes');
  const protocol = preset?.protocol ?? 'oidc';
  if (protocol === 'oidc' && scopes !== undefined && !(scopes as string[]).includes('openid')) {
    fail('.scopes', 'must hold openid');
  }
  return {
    name,
    label: (label as string | undefined)?.trim() ?? preset?.label ?? name,
    protocol,
    issuer: issuerOf(given.issuer, preset, allowsHttp, (what) => fail('.issuer', what)),
    clientId: given.clientId as string,
    clientSecret: given.clientSecret as string,
    scopes: (scopes as string[] | undefined) ?? preset?.scopes ?? OIDC_SCOPES,
  };
}

function isScopeList(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((scope) => typeof scope === 'string' && SCOPE_FORM.test(scope))
  );
}

function issuerOf(
  given: unknown,
  preset: Preset | undefined,
  allowsHttp: boolean,
  fail: (what: string) => never,
): string {
  if (given === undefined) return preset?.issuer ?? fail('is missing; only a preset knows its own');
  if (preset && !preset.takesIssuer) return fail('is that of the preset and cannot be given');
  if (typeof given !== 'string' || !URL.canParse(given)) return fail('must be an https address');
  const { protocol, username, password, search, hash } = new URL(given);
  if (protocol !== 'https:' && !(protocol === 'http:' && allowsHttp)) {
    return fail('must be an https address; http is for development and tests');
  }
  if (username || password || search || hash) return fail('must not have credentials, query or fragment');
  return given;
}
