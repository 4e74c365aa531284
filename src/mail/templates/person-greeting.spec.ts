import { greetableName } from './person-greeting.js';

describe('greetableName', () => {
  it.each(['Ada Lovelace', 'Dr. Ada King', "Seán O'Brien-Núñez", '李 小龍', 'Ludwig XIV.', 'Sammy Davis, Jr.'])(
    'keeps %s',
    (name) => expect(greetableName(name)).toBe(name),
  );

  it.each([
    'You have won! https://evil.example/prize',
    'evil.example',
    'Go to evil。example now',
    'www evil',
    'mail me@evil.example',
    'Call 0900 123456',
    '<a href=x>Ada</a>',
    'Ada {{token}}',
    '[prize](evil)',
    'a'.repeat(61),
  ])('leaves %s out', (name) => expect(greetableName(name)).toBe(''));

  it('makes one line of several', () => {
    expect(greetableName('Ada\r\nLovelace')).toBe('Ada Lovelace');
  });
});
