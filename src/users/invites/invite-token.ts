import { OpaqueToken } from '../../common/security/opaque-token.js';

/** Tokens of invites. */
export const INVITE_TOKEN = new OpaqueToken('shn_');
