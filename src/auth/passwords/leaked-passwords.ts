import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { assetPath } from '../../common/assets.js';

/** Shorter cores are found in honest passwords by chance; the strength estimate knows them. */
export const SHORTEST_CORE = 6;
/** Digits and signs that programs for guessing passwords add to every leaked one. */
export const LONGEST_DECORATION = 6;
/** Each key sets as many bits as a SHA-512 holds numbers of 24 bits, less one: the optimum for 28.8 bits a key. */
const BITS_PER_KEY = 20;
const BYTES_PER_BIT_NUMBER = 3;
/** 2^24 bits: every number of three bytes is one of them. */
export const FILTER_BYTES = 2 ** 21;

const LETTERS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/**
 * Leaked passwords that somebody could still choose where 15 characters are asked for.
 *
 * The list is a Bloom filter of 2 MiB made by `scripts/leaked-passwords.mjs` from the million most common passwords of public leaks up to
 * 2015. It holds, in lower case, each of them that has at least 15 characters, each other one of at least 8 digits, and the core of every
 * other one: what is left without the digits and signs at both ends, from 6 characters on, the more common first.
 *
 * What it finds: those passwords in any case and with digits for letters; also with up to 6 digits or signs before and after the core, with
 * a leaked number there, and repeated. What it does not find: passwords leaked later or by fewer people, two leaked words in a row (the
 * strength estimate judges those), and a core in the middle of other letters. A password that is not in the list is taken for a leaked
 * one with a chance of less than one in a million for each spelling that is looked up, of which there are fifteen at most.
 */
@Injectable()
export class LeakedPasswords {
  private filter: Promise<Buffer> | undefined;

  /** True when the password is a leaked one, or one with little added. The list is read at the first question and stays in memory. */
  async has(password: string): Promise<boolean> {
    this.filter ??= readFile(assetPath('leaked-passwords.bloom'));
    // A failure is for those who asked, not for those who come after the disk is back.
    this.filter.catch(() => (this.filter = undefined));
    const filter = await this.filter;
    return isLeaked(password.toLowerCase(), (key) => holds(filter, key));
  }
}

/** Cuts a password in lower case into digits and signs before, core, digits and signs after; without a letter all of it is the core. */
export function partsOf(password: string): { before: string; core: string; after: string } {
  const found = /^([^\p{L}]*)(\p{L}(?:.*\p{L})?)([^\p{L}]*)$/su.exec(password);
  return found ? { before: found[1]!, core: found[2]!, after: found[3]! } : { before: '', core: password, after: '' };
}

/** Sets the bits of a key. */
export function addKey(filter: Uint8Array, key: string): void {
  for (const bit of bitsOf(key)) filter[bit >>> 3]! |= 1 << (bit & 7);
}

function holds(filter: Uint8Array, key: string): boolean {
  return bitsOf(key).every((bit) => (filter[bit >>> 3]! & (1 << (bit & 7))) !== 0);
}

function bitsOf(key: string): number[] {
  const digest = createHash('sha512').update(key).digest();
  return Array.from({ length: BITS_PER_KEY }, (_, index) =>
    digest.readUIntBE(index * BYTES_PER_BIT_NUMBER, BYTES_PER_BIT_NUMBER),
  );
}

function isLeaked(password: string, isListed: (key: string) => boolean): boolean {
  const compact = password.replace(/[\s_.-]+/g, '');
  const wholes = new Set([password, compact, unitOf(compact)]);
  return [...wholes].some((whole) => isListed(whole) || isLeakedCore(whole, isListed));
}

function isLeakedCore(whole: string, isListed: (key: string) => boolean): boolean {
  const { before, core, after } = partsOf(whole);
  if (core.length < SHORTEST_CORE) return false;
  if (core === whole) return isListed(withLetters(whole));
  const isDecorated =
    before.length + after.length <= LONGEST_DECORATION || [before, after].every((end) => end === '' || isListed(end));
  return isDecorated && (isListed(core) || isListed(withLetters(core)));
}

/** What a repetition repeats: `hunter2` of `hunter2hunter2hun`; all of it when nothing is repeated. */
function unitOf(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  }
  return text;
}

function withLetters(text: string): string {
  return text.replace(/[013457@$!]/g, (sign) => LETTERS[sign]!);
}
