import { OpaqueToken } from '../../common/security/opaque-token.js';

/** Tokens that reach a user by mail. */
export const MAIL_TOKEN = new OpaqueToken('sht_');
