// Receives webhooks as somebody's program would, and may be killed at any moment. Arguments: port, file of the secret, file that takes each
// webhook as one line of JSON before it is acknowledged. One in forty is refused, so that sending it again is tried as well.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, secretFile, file] = process.argv.slice(2);
const REFUSED_SHARE = 1 / 40;

/** Standard Webhooks 1.0.0: HMAC-SHA256 of `id.timestamp.body` under what follows `whsec_`. */
function isSigned(headers, body) {
  const secret = Buffer.from(readFileSync(secretFile, 'utf8').replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', secret).update(signed).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ''), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    if (!existsSync(secretFile) || Math.random() < REFUSED_SHARE) return void response.writeHead(503).end();
    const { id, type, sequence, aggregate } = JSON.parse(body);
    const line = {
      webhookId: request.headers['webhook-id'],
      isSigned: isSigned(request.headers, body),
      id,
      type,
      sequence,
      aggregate,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    response.writeHead(204).end();
  });
}).listen(Number(port), '127.0.0.1');
