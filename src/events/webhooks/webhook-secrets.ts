import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secrets } from '../../common/secrets.js';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** What deliveries are signed with, as Standard Webhooks writes it; kept encrypted, as every signature needs it. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly secrets: Secrets) {}

  /** A new secret, to be shown once, and as it is kept. */
  make(): { secret: string; sealed: Buffer } {
    const secret = PREFIX + randomBytes(SECRET_BYTES).toString('base64');
    return { secret, sealed: this.secrets.encrypt('webhook-secret', secret) };
  }

  /** The bytes that sign. */
  open(sealed: Buffer): Buffer {
    return Buffer.from(this.secrets.decrypt('webhook-secret', sealed).slice(PREFIX.length), 'base64');
  }
}
