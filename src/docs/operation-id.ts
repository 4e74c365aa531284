const CRUD: Readonly<Record<string, string>> = {
  findAll: 'list',
  findOne: 'get',
  create: 'create',
  add: 'add',
  update: 'update',
  remove: 'delete',
};
const OWN: Readonly<Record<string, string>> = { findMe: 'getMe', updateMe: 'updateMe', removeMe: 'deleteMe' };

/**
 * The name of an operation in generated clients: `placeOrder`, `listUsers`, `getOrderHistory`, `login`.
 *
 * Made of the handler's name and the nouns of the path, so that it stays the same while neither changes.
 *
 * @param handler Name of the controller's method, such as `findAll` or `place`.
 */
export function operationIdOf(method: string, path: string, handler: string): string {
  if (OWN[handler]) return OWN[handler];
  const nouns = nounsOf(path);
  const last = nouns.at(-1) ?? '';
  const isOne = path.endsWith('}') || method === 'post' || !last.endsWith('s');
  const things = [...nouns.slice(0, -1).map(singular), isOne ? singular(last) : last].map(capital).join('');

  const by = /^findBy(\w+)$/.exec(handler);
  if (by) return `get${capital(singular(last))}By${by[1]}`;
  if (handler === 'removeOthers') return `deleteOther${things}`;
  if (CRUD[handler]) return CRUD[handler] + things;
  // A list of those in one state, such as `/jobs/failed`.
  if (/^find\w+ed$/.test(handler)) return `list${capital(last)}${nouns.slice(0, -1).map(capital).join('')}`;
  if (method === 'get') return (isOne ? 'get' : 'list') + things;
  if (handler.endsWith(capital(last))) return handler.slice(0, -last.length) + things;
  if (handler === last && nouns.length === 1) return handler;
  // `/webhook-endpoints/{id}/rotate-secret` rotates the secret of an endpoint.
  const [verb, object = ''] = handler === last ? handler.split(/(?<=[a-z])(?=[A-Z])/, 2) : [handler];
  return verb + capital(singular(nouns[0] ?? '')) + object;
}

/** What a path is about: `/api/v1/orders/{id}/payments` is about orders and payments. */
function nounsOf(path: string): string[] {
  const segments = path
    .replace(/^\/api\/v\d+/, '')
    .split('/')
    .filter((segment) => /^[a-z]/.test(segment))
    .map((segment) => camel(segment.replace(/\.\w+$/, '')));
  return segments[0] === 'auth' ? segments.slice(1) : segments;
}

function singular(noun: string): string {
  if (noun.endsWith('ies')) return `${noun.slice(0, -3)}y`;
  return noun.endsWith('s') && !noun.endsWith('ss') ? noun.slice(0, -1) : noun;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function camel(text: string): string {
  return text.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
