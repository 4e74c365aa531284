import { resolve } from 'node:path';
import type { Environment } from '../config/environment.js';
import type { PreparedEnvironment } from './prepare-environment.js';

/** The four lines that a newcomer needs: where the API and its documentation are, how to sign in, where the data is. */
export function banner(prepared: PreparedEnvironment, apiUrl: string): string {
  const { environment, admin } = prepared;
  const signIn = admin
    ? `${admin.email}  password: ${admin.password}`
    : `${environment.ADMIN_EMAIL}  password: your ADMIN_PASSWORD`;
  return [
    `API    ${apiUrl}/api/v1`,
    `Docs   ${apiUrl}/docs`,
    `Admin  ${signIn}`,
    `Data   ${whereDataIs(prepared)}`,
    '',
  ].join('\n');
}

/** The address of a listening server as a person would type it. */
export function addressFor(environment: Pick<Environment, 'HOST'>, port: number): string {
  const { HOST } = environment;
  const isLocal = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(HOST);
  return `http://${isLocal ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST}:${port}`;
}

function whereDataIs({ environment, embedded }: PreparedEnvironment): string {
  const dataDir = resolve(environment.DATA_DIR);
  const servers = [
    ...(embedded.postgres ? [] : [withoutCredentials(environment.DATABASE_URL)]),
    ...(embedded.redis ? [] : [withoutCredentials(environment.REDIS_URL)]),
  ];
  return [dataDir, ...servers].join(', ');
}

/** By hand, as the address of Redis may list several hosts. */
function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//').replace(/[?#].*$/, '');
}
