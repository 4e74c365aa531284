/** Every permission there is. Roles are named sets of these; `*` holds all of them. */
export const SCOPES = [
  'products:read',
  'products:write',
  'inventory:read',
  'inventory:write',
  'orders:read',
  'orders:write',
  'payments:capture',
  'payments:refund',
  'fulfilments:write',
  'returns:write',
  'promotions:write',
  'users:read',
  'users:write',
  'api-keys:write',
  'webhooks:write',
  'events:read',
  'audit:read',
  'jobs:read',
  'jobs:write',
  'settings:write',
] as const;

export type Scope = (typeof SCOPES)[number];
