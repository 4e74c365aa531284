import { readFileSync } from 'node:fs';

const POLL_MS = 100;

/**
 * Ends this process, as if it had been told to, when the npm that runs it is gone.
 *
 * npm runs scripts through a shell and passes SIGTERM to that shell only, which ends without passing it on. Nobody would be left to stop
 * the application.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  timer.unref();
}

/** The shell and, where the system tells, npm itself, which may also be killed without its shell. */
function ancestors() {
  const shell = process.ppid;
  try {
    return `${shell} ${readFileSync(`/proc/${shell}/stat`, 'utf8').split(') ')[1].split(' ')[1]}`;
  } catch {
    return `${shell}`;
  }
}
