import { MailsRepository } from '../../src/mail/mails.repository.js';

/** Where a process dies while it sends a mail: around the note that the mail server may have it, or before that of its answer. */
export type MailDeath = 'before the note' | 'behind the note' | 'behind the answer';

/** Lets this process die, as by SIGKILL, at the point that `WORKER_DIES` names, if it names one. */
export function dyingMails(): void {
  const point = process.env.WORKER_DIES as MailDeath | undefined;
  const { noteHandOver, markSent } = MailsRepository.prototype;
  const die = () => process.kill(process.pid, 'SIGKILL');
  MailsRepository.prototype.noteHandOver = async function (...args) {
    if (point === 'before the note') die();
    const isNoted = await noteHandOver.apply(this, args);
    // On a busy machine the lease of a first try may be over, which is noted for nothing.
    if (point === 'behind the note' && isNoted) die();
    return isNoted;
  };
  MailsRepository.prototype.markSent = async function (...args) {
    if (point === 'behind the answer') die();
    return markSent.apply(this, args);
  };
}
