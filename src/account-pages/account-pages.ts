import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { assetPath } from '../common/assets.js';

const PAGE = { file: 'account/page.html', type: 'text/html; charset=utf-8' };
/** By name in the address: one page that its script makes into many, and what it needs. */
const FILES: ReadonlyMap<string, { file: string; type: string }> = new Map([
  ['verify-email', PAGE],
  ['reset-password', PAGE],
  ['magic-link', PAGE],
  ['confirm-email-change', PAGE],
  ['accept-invite', PAGE],
  ['pay-order', { ...PAGE, file: 'account/order.html' }],
  ['order.js', { file: 'account/order.js', type: 'text/javascript; charset=utf-8' }],
  ['page.js', { file: 'account/page.js', type: 'text/javascript; charset=utf-8' }],
  ['page.css', { file: 'page.css', type: 'text/css; charset=utf-8' }],
]);

/** A file as it is sent. */
export interface ServedFile {
  readonly type: string;
  readonly text: string;
}

/** The files of the built-in account pages, each read once. */
@Injectable()
export class AccountPages {
  private readonly texts = new Map<string, Promise<string>>();

  /** @returns null for a name that is not one of the few. */
  async find(name: string): Promise<ServedFile | null> {
    const known = FILES.get(name);
    if (!known) return null;
    let text = this.texts.get(known.file);
    if (!text) this.texts.set(known.file, (text = readFile(assetPath(known.file), 'utf8')));
    return { type: known.type, text: await text };
  }
}
