import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { pino } from 'pino';

export const OPENAPI_FILE = 'openapi.json';

/** The settings that give the document its shape; nothing is connected to. */
const SETTINGS = {
  NODE_ENV: 'development',
  ROLE: 'api',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  JWT_PRIVATE_KEYS: '-----BEGIN PRIVATE KEY-----',
  SECRETS_KEY: '0'.repeat(64),
};

/** The OpenAPI document of the built application, as the text of `openapi.json`. */
export async function openApiText() {
  const { loadEnvironment } = await load('config/environment.js');
  const { createApp } = await load('app.setup.js');
  const { buildOpenApiDocument } = await load('docs/openapi.js');
  const app = await createApp(loadEnvironment(SETTINGS), pino({ level: 'silent' }), { preview: true });
  const document = buildOpenApiDocument(app);
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function writeOpenApi(text) {
  writeFileSync(OPENAPI_FILE, text);
}

/** @returns whether the file in the repository is what the code gives. */
export function isUpToDate(text) {
  try {
    return readFileSync(OPENAPI_FILE, 'utf8') === text;
  } catch {
    return false;
  }
}

function load(module) {
  return import(pathToFileURL(resolve('dist', module)).href);
}
