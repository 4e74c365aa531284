import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of API keys. */
export const API_KEY_EVENTS = describeEvents(
  'api_key',
  { apiKeyId: 'uuid' },
  {
    'api_key.created': 'Somebody made an API key.',
    'api_key.changed': 'An API key has another name, end, scopes or addresses.',
    'api_key.rotated': 'An API key got a new secret.',
    'api_key.revoked': 'An API key was ended for good.',
  },
);

/** Something that happened to an API key, at the version it has now. */
export class ApiKeyEvent extends ResourceEvent<NameIn<typeof API_KEY_EVENTS>> {
  constructor(type: NameIn<typeof API_KEY_EVENTS>, key: { readonly id: string; readonly version: number }) {
    super(type, 'api_key', 'apiKeyId', key);
  }
}
