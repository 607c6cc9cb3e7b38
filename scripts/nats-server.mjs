// Finds the NATS server that the tests run against, and fetches it from Debian where the machine has none that is new enough.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The oldest version whose conditional writes have one winner in a cluster. */
const OLDEST_VERSION = [2, 10, 27];
/** The suite of Debian that has it. Its package runs on Debian 12 and Ubuntu 22.04 too: it needs libc6 2.34. */
const SUITE = 'trixie';
const DEBIAN = 'http://deb.debian.org/debian/';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const KEYS_ARE_IN = 'On Ubuntu, the keys of Debian are in the package debian-archive-keyring.';

/** Folders of programs: also those for administrators, which `PATH` may leave out. */
export const PROGRAM_FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'alongside');

/** Path of an installed server that is new enough, or of one fetched before; `undefined` when there is neither. */
export function findNatsServer() {
  return [...PROGRAM_FOLDERS, CACHE].map((folder) => join(folder, 'nats-server')).find(isNewEnough);
}

/**
 * Fetches that one package and keeps its server in a cache folder of the user. Needs no rights, and leaves packages and suites of
 * the machine as they are.
 *
 * @throws Error that says in words what is in the way
 */
export function fetchNatsServer() {
  if (!PROGRAM_FOLDERS.some((folder) => isExecutable(join(folder, 'apt-get')))) {
    throw notFetched('This is no Debian or Ubuntu, so it cannot be fetched.');
  }
  fs.mkdirSync(CACHE, { recursive: true });
  const folder = fs.mkdtempSync(join(CACHE, 'nats-server-'));
  try {
    if (!unpackPackage(folder)) throw notFetched(`apt-get could not fetch it; see above. ${KEYS_ARE_IN}`);
    const server = join(folder, 'usr/sbin/nats-server');
    if (!isNewEnough(server)) throw notFetched(`The one of Debian's suite ${SUITE} does not run here.`);
    // In one step: another process may be doing the same.
    fs.renameSync(server, join(CACHE, 'nats-server'));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function notFetched(why) {
  return new Error(
    `The tests need nats-server ${OLDEST_VERSION.join('.')} or newer, which is in none of the folders of PATH. ${why}\n` +
      'One that you put into PATH is used: https://github.com/nats-io/nats-server/releases',
  );
}

function unpackPackage(folder) {
  for (const path of ['lists/partial', 'cache/archives/partial']) {
    fs.mkdirSync(join(folder, path), { recursive: true });
  }
  // Without the file, apt-get looks among the keys that it trusts anyway.
  const signedBy = fs.existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  fs.writeFileSync(join(folder, 'sources.list'), `deb ${signedBy}${debianMirror()} ${SUITE} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    'Acquire::Languages=none',
    // As root, apt-get would change to a user who may not write here.
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const apt = (...words) => run(folder, 'apt-get', '-qq', ...options, ...words);
  if (!apt('update') || !apt('download', 'nats-server')) return false;
  const file = fs.readdirSync(folder).find((name) => name.endsWith('.deb'));
  return file !== undefined && run(folder, 'dpkg', '-x', file, folder);
}

/** Where this machine has its own packages of Debian from. */
function debianMirror() {
  const words = ['indextargets', '--no-release-info', '--format', '$(REPO_URI)'];
  const { stdout } = spawnSync('apt-get', words, { encoding: 'utf8' });
  return (stdout ?? '').split('\n').find((address) => address.endsWith('/debian/')) ?? DEBIAN;
}

function isNewEnough(path) {
  if (!isExecutable(path)) return false;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const version = /v(\d+)\.(\d+)\.(\d+)/
    .exec(stdout ?? '')
    ?.slice(1)
    .map(Number);
  if (version === undefined) return false;
  const differing = OLDEST_VERSION.findIndex((part, index) => part !== version[index]);
  return differing === -1 || version[differing] > OLDEST_VERSION[differing];
}

export function isExecutable(path) {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(folder, command, ...words) {
  return spawnSync(command, words, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}
