import { distrustOf, signWebhook } from './standard-webhooks.js';

const SECRET = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const SENT_AT = new Date(1_614_265_330_000);
const BODY = '{"test": 2432232314}';

describe('Standard Webhooks', () => {
  const headers = signWebhook(SECRET, ID, SENT_AT, BODY);
  const distrust = (changed: Record<string, string | undefined> = {}, body = BODY, now = SENT_AT) =>
    distrustOf(SECRET, { ...headers, ...changed }, body, now, 300);
  const after = (seconds: number) => new Date(SENT_AT.getTime() + seconds * 1000);

  it('signs as the published vector says', () => {
    expect(headers).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('believes what it signed, also beside other signatures, within the tolerance either way', () => {
    expect(distrust()).toBeNull();
    expect(distrust({ 'webhook-signature': `v1,AAAA v2,abc ${headers['webhook-signature']}` })).toBeNull();
    for (const seconds of [-300, 300]) expect(distrust({}, BODY, after(seconds))).toBeNull();
  });

  it.each([
    ['another body', {}, `${BODY} `, 0],
    ['another id', { 'webhook-id': 'msg_other' }, BODY, 0],
    ['another time', { 'webhook-timestamp': '1614265331' }, BODY, 0],
    ['another signature', { 'webhook-signature': 'v1,AAAA' }, BODY, 0],
    ['another scheme', { 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v1a,') }, BODY, 0],
    ['no signature', { 'webhook-signature': undefined }, BODY, 0],
    ['no number for a time', { 'webhook-timestamp': 'now' }, BODY, 0],
    ['what is six minutes old', {}, BODY, 360],
    ['what comes from in six minutes', {}, BODY, -360],
  ])('does not believe %s', (_, changed, body, seconds) => {
    expect(distrust(changed, body, after(seconds))).toEqual(expect.any(String));
  });
});
