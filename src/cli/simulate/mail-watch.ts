import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopClient } from './shop-client.js';

interface ListedMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
}

/** The mailbox reads a file for each mail it lists, so a look is small unless it has to catch up. */
const PAGE = 100;
const LARGEST_PAGE = 1_000;
const POLL_MS = 1_000;
/** Without any new mail. */
const PATIENCE_MS = 60_000;
const CONFIRMATION = /^Your order (\S+) is confirmed$/;

/** Counts confirmation mails by order number, from the mailbox of development. */
export class MailWatch {
  private readonly mails = new Map<string, Set<string>>();
  private readonly seen = new Set<string>();
  private isEnded = false;
  private polling: Promise<void> = Promise.resolve();
  private failure: Error | undefined;

  constructor(private readonly shop: ShopClient) {}

  /** Looks again and again, because the mailbox lists only its newest mails. @throws Error when there is no such mailbox. */
  async start(): Promise<void> {
    await this.look(LARGEST_PAGE);
    this.polling = this.poll().catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  /**
   * Waits until each order has a mail, or no more mails come.
   *
   * @returns how many mails there are for each order number.
   */
  async finish(orders: readonly { number: string; email: string }[]): Promise<Map<string, number>> {
    const missing = (): { number: string; email: string }[] => orders.filter(({ number }) => !this.mails.has(number));
    for (
      let left = missing().length, since = Date.now();
      left > 0 && Date.now() - since < PATIENCE_MS && !this.failure;
    ) {
      await sleep(POLL_MS);
      const now = missing().length;
      if (now < left) [left, since] = [now, Date.now()];
    }
    this.isEnded = true;
    await this.polling;
    if (this.failure) throw this.failure;
    // More mails may have come between two looks than one look can show.
    for (const { email } of missing()) await this.look(LARGEST_PAGE, `&to=${encodeURIComponent(email)}`);
    return new Map(orders.map(({ number }) => [number, this.mails.get(number)?.size ?? 0]));
  }

  private async poll(): Promise<void> {
    while (!this.isEnded) {
      await sleep(POLL_MS);
      const isConnected = await this.look(PAGE);
      if (!isConnected) await this.look(LARGEST_PAGE);
    }
  }

  /** @returns false when every mail was new, so that there may be more behind them. */
  private async look(limit: number, filter = ''): Promise<boolean> {
    const { data } = await this.shop.get<{ data: ListedMail[] }>(`//dev/mail?limit=${limit}${filter}`);
    const isConnected = data.length < limit || data.some(({ id }) => this.seen.has(id));
    for (const { id, subject } of data) {
      this.seen.add(id);
      const number = CONFIRMATION.exec(subject)?.[1];
      if (number !== undefined) this.mails.set(number, (this.mails.get(number) ?? new Set()).add(id));
    }
    return isConnected;
  }
}
