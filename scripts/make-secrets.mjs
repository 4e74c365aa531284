// Prints fresh keys in the form of an .env file: node scripts/make-secrets.mjs >> .env
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
console.log(`JWT_PRIVATE_KEYS="${privateKey.export({ type: 'pkcs8', format: 'pem' })}"`);
console.log(`SECRETS_KEY=${randomBytes(32).toString('base64')}`);
for (const name of ['POSTGRES_PASSWORD', 'APP_PASSWORD', 'REDIS_PASSWORD']) {
  console.log(`${name}=${randomBytes(24).toString('hex')}`);
}
