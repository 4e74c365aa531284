const CRUD: Readonly<Record<string, string>> = {
  findAll: 'list',
  findOne: 'get',
  create: 'create',
  add: 'add',
  update: 'update',
  remove: 'delete',
  removeAll: 'delete',
  removeOthers: 'deleteOther',
};

/** Where handler and path say it in words that make no good name together. */
const OWN: Readonly<Record<string, string>> = {
  'get /users/me': 'getMe',
  'patch /users/me': 'updateMe',
  'delete /users/me': 'deleteMe',
  'post /users/me/export': 'exportMe',
  'post /orders/lookup': 'lookUpOrder',
  'get /orders/{id}/explain': 'explainOrder',
  'get /carts/{id}/explain': 'explainCart',
  'get /audit-log/verify': 'verifyAuditLog',
  'get /tax-settings': 'getTaxSettings',
  'post /auth/impersonate/{userId}': 'impersonate',
  'post /auth/verify-email/resend': 'resendVerificationMail',
  'post /auth/passkeys/options': 'beginPasskey',
  'post /auth/mfa/recovery-codes': 'replaceMfaRecoveryCodes',
  'post /auth/mfa/challenge/passkey-options': 'beginMfaPasskey',
  'get /auth/oidc': 'listOidcProviders',
  'get /auth/oidc/{provider}': 'beginOidc',
  'get /auth/oidc/{provider}/callback': 'completeOidc',
  'post /auth/oidc/result': 'redeemOidcResult',
  'post /oauth/revoke': 'revokeOauthToken',
  'post /oauth/introspect': 'introspectOauthToken',
};

/**
 * The name of an operation in generated clients: `placeOrder`, `listUsers`, `getOrderHistory`, `requestOrderReturn`, `listMyAddresses`.
 *
 * Made of the handler's name and the nouns of the path, so that it stays the same while neither changes.
 *
 * @param handler Name of the controller's method, such as `findAll` or `place`.
 */
export function operationIdOf(method: string, path: string, handler: string): string {
  const route = path.replace(/^\/api\/v\d+/, '');
  const own = OWN[`${method} ${route}`];
  if (own) return own;
  const nouns = nounsOf(route);
  const last = capital(nouns.at(-1) ?? '');
  const isOne = path.endsWith('}') || method === 'post' || !last.endsWith('s');
  const owner = nouns.slice(0, -1).map(singular).map(capital).join('');
  const things = owner + (isOne ? singular(last) : last);

  const by = /^findBy(\w+)$/.exec(handler);
  if (by) return `get${singular(last)}By${by[1]}`;
  if (CRUD[handler]) return CRUD[handler] + things;
  // A list of those in one state, such as `/jobs/failed`.
  if (/^find\w+ed$/.test(handler)) return `list${last}${nouns.slice(0, -1).map(capital).join('')}`;
  if (method === 'get') return (isOne ? 'get' : 'list') + things;

  const [, verb = '', object = ''] = /^([a-z]+)(.*)$/.exec(handler)!;
  // `/auth/password/forgot` (forgotPassword) and `/promotions/{id}/codes/generate` (generateCodes) are about what stands before.
  if (object && owner.endsWith(singular(object))) return verb + owner.slice(0, -singular(object).length) + object;
  // `/orders/{id}/cancel`, `/webhook-endpoints/{id}/rotate-secret`: the path ends with the act.
  if (last === capital(verb) || last === capital(handler)) return verb + owner + object;
  // `/carts/{id}/lines` (addLine), `/carts/{id}/addresses` (setAddresses), `/carts/{id}/shipping-method` (chooseShipping).
  if (object && (last.startsWith(object) || last.endsWith(object)))
    return verb + owner + (last.endsWith(object) ? last : singular(last));
  // `/orders/{id}/payments` (pay) is about the order, `/orders/{id}/returns` (request) about a return.
  return verb + (last.startsWith(capital(verb)) ? owner : things) + object;
}

/** What a route is about: `/orders/{id}/payments` is about orders and payments, `/users/me/addresses` about addresses of mine. */
function nounsOf(route: string): string[] {
  const segments = route
    .replace(/^\/users\/me\//, '/my/')
    .replace(/^\/auth\//, '/')
    .split('/')
    .filter((segment) => /^[a-z]/.test(segment));
  return segments.map((segment) => camel(segment.replace(/\.\w+$/, '')));
}

function singular(noun: string): string {
  if (noun.endsWith('ies')) return `${noun.slice(0, -3)}y`;
  if (noun.endsWith('sses')) return noun.slice(0, -2);
  return noun.endsWith('s') && !noun.endsWith('ss') ? noun.slice(0, -1) : noun;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function camel(text: string): string {
  return text.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
