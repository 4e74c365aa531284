import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createJson } from './secret-file.js';

/** How the first admin signs in. */
export interface AdminCredentials {
  readonly email: string;
  readonly password: string;
}

/** The keys that production has to be given. */
export interface DevelopmentSecrets {
  readonly JWT_PRIVATE_KEYS: string;
  readonly SECRETS_KEY: string;
}

/** No letters or digits that look alike: people copy this password from a terminal. */
const PASSWORD_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz_';

/** Makes the signing key and the encryption key of a data folder once; later starts find the same ones. */
export function developmentSecrets(dataDir: string): Promise<DevelopmentSecrets> {
  return createJson(join(dataDir, 'secrets.json'), () => ({
    JWT_PRIVATE_KEYS: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string,
    SECRETS_KEY: randomBytes(32).toString('base64'),
  }));
}

/** Makes the admin of a data folder once, with a password of 100 random bits. */
export function developmentAdmin(dataDir: string): Promise<AdminCredentials> {
  return createJson(join(dataDir, 'admin.json'), () => ({
    email: 'admin@storehouse.local',
    password: Array.from(randomBytes(20), (byte) => PASSWORD_ALPHABET[byte % PASSWORD_ALPHABET.length]).join(''),
  }));
}
