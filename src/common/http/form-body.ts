import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { InvalidRequestError } from '../errors/request.errors.js';

export const FORM_TYPE = 'application/x-www-form-urlencoded';
const FORM = /^application\/x-www-form-urlencoded(\s*;\s*charset="?utf-8"?)?\s*$/i;
const FORM_LIMIT_BYTES = 16 * 1024;
const MAX_PARAMETERS = 100;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes a form as its body. Where it is not said, a form is 415: browsers send them across origins without asking first. */
    takesForm?: boolean;
  }
}

/** Reads bodies of `application/x-www-form-urlencoded`, on the routes that say `takesForm`; to be called after `useJsonBodies`. */
export function useFormBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    FORM,
    { parseAs: 'buffer', bodyLimit: FORM_LIMIT_BYTES },
    (request: FastifyRequest, body, done) => {
      if (!request.routeOptions.config.takesForm) {
        done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(FORM_TYPE));
        return;
      }
      try {
        done(null, parseForm((body as Buffer).toString('latin1')));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/**
 * The members of a form. A blank one counts as left out, and nobody is refused for one that is not known (RFC 6749
 * section 3.2).
 *
 * @throws InvalidRequestError for a body that is no form, and for a member that is sent twice.
 */
export function formMembersOf({ body }: Pick<FastifyRequest, 'body'>): ReadonlyMap<string, string> {
  if (!(body instanceof URLSearchParams)) {
    throw InvalidRequestError.of('', 'form', `must be a form: send Content-Type ${FORM_TYPE}`);
  }
  const names = [...body.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw InvalidRequestError.of(`/${twice}`, 'single', 'must be sent once');
  return new Map([...body].filter(([, value]) => value !== ''));
}

/** Undoes the escapes of a form in one value: `+` is a blank. @throws InvalidRequestError when they are broken. */
export function decodeFormText(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw InvalidRequestError.of('', 'encoding', 'must be UTF-8 in valid percent-encoding');
  }
  if (decoded.includes('\0')) throw InvalidRequestError.of('', 'text', 'must not hold a NUL character');
  return decoded;
}

/** @throws InvalidRequestError for broken escapes, and for more members than any form has. */
function parseForm(text: string): URLSearchParams {
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_PARAMETERS) {
    throw InvalidRequestError.of('', 'max', `must not have more than ${MAX_PARAMETERS} members`);
  }
  const form = new URLSearchParams();
  for (const pair of pairs) {
    const [name = '', ...value] = pair.split('=');
    form.append(decodeFormText(name), decodeFormText(value.join('=')));
  }
  return form;
}
