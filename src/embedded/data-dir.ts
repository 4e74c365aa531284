import { chmod, chown, mkdir, readFile, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The unprivileged account that runs PostgreSQL when this process is root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Creates the folder that holds everything the embedded servers keep, closed to other users.
 *
 * Root leaves it enterable (0711, not listable), because PostgreSQL then runs as another user and has to reach its
 * own sub-folder, which stays 0700.
 *
 * @returns The folder's real, absolute path.
 */
export async function prepareDataDir(dataDir: string): Promise<string> {
  const created = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = await realpath(dataDir);
  if (isRoot()) {
    const topmost = created === undefined ? path : await realpath(created);
    for (let dir = path; dir.length >= topmost.length; dir = dirname(dir)) {
      await chmod(dir, (await stat(dir)).mode | 0o011);
    }
  }
  return path;
}

/**
 * Chooses the account for PostgreSQL, which refuses to run as root.
 *
 * A folder that already belongs to somebody keeps its owner, so that starting once as root does not lock that user
 * out; otherwise it is the system's `postgres` user, or `nobody`.
 *
 * @returns `undefined` when this process is not root and simply runs PostgreSQL as itself.
 */
export async function findServerAccount(clusterDir: string): Promise<ServerAccount | undefined> {
  if (!isRoot()) return undefined;
  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner && owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };

  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const users = new Map(passwd.split('\n').map((line) => [line.split(':')[0], line.split(':')] as const));
  for (const name of ['postgres', 'nobody']) {
    const entry = users.get(name);
    if (entry && Number(entry[2]) > 0) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  return { name: 'uid 65534', uid: 65534, gid: 65534 };
}

/**
 * Makes sure that the account can enter a folder.
 *
 * @throws Error naming the first folder on the way that shuts the account out.
 */
export async function assertReachable(dir: string, account: ServerAccount): Promise<void> {
  const path = await realpath(dir);
  const chain = [path];
  while (dirname(chain[0]!) !== chain[0]) chain.unshift(dirname(chain[0]!));
  for (const folder of chain) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new Error(
        `Storehouse runs as root, which PostgreSQL refuses, so PostgreSQL has to run as ${account.name}, but that ` +
          `user cannot enter ${folder}, which leads to ${path}: move the folder, allow it with ` +
          `"chmod o+x ${folder}", start Storehouse as an ordinary user, or set DATABASE_URL.`,
      );
    }
  }
}

/** Gives a folder and all it contains to the account. */
export async function chownTree(dir: string, account: ServerAccount): Promise<void> {
  await chown(dir, account.uid, account.gid);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await chownTree(path, account);
    else if (entry.isFile()) await chown(path, account.uid, account.gid);
  }
}

/** For reads of what need not be there. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
