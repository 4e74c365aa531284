import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';

/** What is asked of this thread. */
export interface StrengthQuestion {
  readonly password: string;
  /** Words that whoever guesses this person's password tries first. */
  readonly context: readonly string[];
}

/** What the thread answers. */
export interface StrengthAnswer {
  /** Guesses that a good guesser needs, as a power of ten. */
  readonly guessesLog10: number;
  /** What most characters of the password belong to. */
  readonly mostly: 'leaked' | 'repetitive' | 'other';
}

// The words of diceware are listed by the alphabet and not by how common they are, which is what a rank stands for.
const { 'diceware-common': _, ...commonWords } = common.dictionary;
const estimator = new ZxcvbnFactory({
  dictionary: { ...commonWords, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  // Whatever follows makes a password stronger, and takes time.
  maxLength: 72,
  // Beyond the first few ways of reading digits as letters there is time to lose and no word to find.
  l33tMaxSubstitutions: 5,
});
estimator.check('the first estimate prepares the later ones');

parentPort?.on('message', ({ password, context }: StrengthQuestion) => {
  const { guessesLog10, sequence } = estimator.check(password, [...context]);
  const characters = { leaked: 0, repetitive: 0, other: 0 };
  for (const { pattern, token, dictionaryName } of sequence) {
    characters[kindOf(pattern, dictionaryName as unknown)] += token.length;
  }
  const { leaked, repetitive, other } = characters;
  const mostly = repetitive > Math.max(leaked, other) ? 'repetitive' : leaked > other ? 'leaked' : 'other';
  parentPort?.postMessage({ guessesLog10, mostly } satisfies StrengthAnswer);
});

function kindOf(pattern: string, dictionaryName: unknown): StrengthAnswer['mostly'] {
  if (pattern === 'repeat' || pattern === 'sequence' || pattern === 'spatial') return 'repetitive';
  return dictionaryName === 'passwords-common' ? 'leaked' : 'other';
}
