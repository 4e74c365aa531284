import { GenerationError } from './generation-error.mjs';

const IRREGULAR = { person: 'people', child: 'children', man: 'men', woman: 'women', datum: 'data', medium: 'media' };
const SINGULARS = Object.fromEntries(Object.entries(IRREGULAR).map(([one, many]) => [many, one]));

/** The plural of the last word of a kebab-case name. */
export function pluralOf(name) {
  return lastWord(name, (word) => {
    if (IRREGULAR[word]) return IRREGULAR[word];
    if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
    return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
  });
}

/** The singular of the last word of a kebab-case name. */
export function singularOf(name) {
  return lastWord(name, (word) => {
    if (SINGULARS[word]) return SINGULARS[word];
    if (/ies$/.test(word)) return word.replace(/ies$/, 'y');
    if (/(ss|x|z|ch|sh)es$/.test(word)) return word.replace(/es$/, '');
    return /[^su]s$/.test(word) ? word.replace(/s$/, '') : word;
  });
}

function lastWord(name, change) {
  const words = name.split('-');
  return [...words.slice(0, -1), change(words.at(-1))].join('-');
}

export const kebab = (text) =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[\s_]+/g, '-')
    .toLowerCase();
export const camel = (text) => kebab(text).replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
export const pascal = (text) => capital(camel(text));
export const snake = (text) => kebab(text).replaceAll('-', '_');
export const words = (text) => kebab(text).replaceAll('-', ' ');
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const article = (text) => `${/^[aeio]|^u(?!s|ni)/i.test(text) ? 'an' : 'a'} ${text}`;

/** Every spelling of a feature's name that its files need. @throws GenerationError for what cannot be one. */
export function featureNames(name, { plural, singular } = {}) {
  const given = kebab(String(name ?? '').trim());
  if (!/^[a-z]+(-[a-z]+)*$/.test(given))
    throw new GenerationError(`"${name}" cannot name a feature: use letters, words joined by "-", such as gift-cards.`);
  const many = kebab(plural ?? (singularOf(given) === given && !singular ? pluralOf(given) : given));
  const one = kebab(singular ?? singularOf(many));
  if (many === one)
    throw new GenerationError(
      `"${many}" is its own singular: say both, such as --plural ${many}-entries --singular ${one}-entry.`,
    );
  return {
    plural: many,
    singular: one,
    Many: pascal(many),
    One: pascal(one),
    many: camel(many),
    one: camel(one),
    manyWords: words(many),
    oneWords: words(one),
    aOne: article(words(one)),
    table: snake(many),
    code: snake(one),
    alias: one[0],
  };
}

const IRREGULAR_PASTS = {
  ...{
    pay: 'paid',
    send: 'sent',
    put: 'put',
    hold: 'held',
    begin: 'begun',
    take: 'taken',
    give: 'given',
    sell: 'sold',
  },
  ...{ buy: 'bought', lend: 'lent', withdraw: 'withdrawn', undo: 'undone', redo: 'redone', set: 'set', make: 'made' },
  ...{
    ship: 'shipped',
    stop: 'stopped',
    drop: 'dropped',
    submit: 'submitted',
    commit: 'committed',
    permit: 'permitted',
  },
  ...{ cancel: 'cancelled', refer: 'referred', defer: 'deferred', flag: 'flagged', pin: 'pinned', ban: 'banned' },
};

/** The past participle of an English verb: `redeem` → `redeemed`. */
export function pastOf(verb) {
  if (IRREGULAR_PASTS[verb]) return IRREGULAR_PASTS[verb];
  if (verb.endsWith('e')) return `${verb}d`;
  return /[^aeiou]y$/.test(verb) ? verb.replace(/y$/, 'ied') : `${verb}ed`;
}
