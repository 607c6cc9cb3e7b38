import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { DeviceRecord } from './access-file.js';

/** A topic that devices publish to; `{device}` or `+` is the level that names the device, unless `device` does. */
interface PublishedTopic {
  readonly topic: string;
  readonly device?: string | undefined;
}

interface MosquittoSetup {
  readonly devices: readonly DeviceRecord[];
  /** The gateway's own user, with its password as mosquitto checks it. */
  readonly gateway: { readonly username: string; readonly password: string };
  /** Topics of the configuration, besides the gateway's own. */
  readonly topics: readonly PublishedTopic[];
  /** Discovery prefix of Home Assistant. */
  readonly homeAssistantPrefix: string;
}

const OWN_TOPICS: readonly PublishedTopic[] = ['sensors', 'frames', 'labels'].map((kind) => ({
  topic: `alongside/{device}/${kind}`,
}));
/** What mosquitto puts a client's user name in place of. */
const USER = '%u';

/** The `password_file` of a mosquitto that lets the same devices in. */
export function mosquittoPasswords({ devices, gateway }: MosquittoSetup): string {
  const users = [gateway, ...devices.map(({ name, mosquitto }) => ({ username: name, password: mosquitto }))];
  return users.map(({ username, password }) => `${username}:${password}\n`).join('');
}

/**
 * The `acl_file` of a mosquitto with the embedded broker's rules: a device publishes what is its own and hears its own
 * status and company; the gateway hears devices, publishes statuses and makes devices known to Home Assistant.
 */
export function mosquittoAcl({ gateway, topics, homeAssistantPrefix }: MosquittoSetup): string {
  const all = [...OWN_TOPICS, ...topics];
  const shared = all.filter(({ device }) => device === undefined).flatMap(patternOf);
  const fixed = all.flatMap(({ device, topic }) => (device === undefined ? [] : [{ device, topic }]));
  const heard = all.map(({ topic }) => topic.replaceAll('{device}', '+'));
  return [
    '# Who may do what; written by "alongside devices export".',
    `user ${gateway.username}`,
    'topic readwrite alongside/#',
    ...[...new Set(heard)]
      .filter((topic) => !topic.startsWith('alongside/'))
      .map((topic) => `topic read ${topic}`),
    `topic write ${homeAssistantPrefix}/device/+/config`,
    `topic read ${homeAssistantPrefix}/status`,
    '',
    ...fixed.flatMap(({ device, topic }) => [`user ${device}`, `topic write ${topic}`, '']),
    ...shared.map((pattern) => `pattern write ${pattern}`),
    `pattern read alongside/${USER}/status`,
    `pattern read alongside/${USER}/company`,
    `pattern read alongside/${USER}/apparel`,
    '',
  ].join('\n');
}

/** Topics without a level for the device, whose payload names it, would let one device speak for another. */
function patternOf({ topic }: PublishedTopic): string[] {
  const levels = topic.split('/');
  const named = levels.includes('{device}') ? '{device}' : '+';
  const index = levels.indexOf(named);
  return index < 0 ? [] : [levels.with(index, USER).join('/')];
}

/** mosquitto checks passwords in its one thread, so a login must stay cheap; see `password-hash.ts` for why it may. */
const ITERATIONS = 10_000;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/**
 * Hashes a password as mosquitto 2 reads it in its `password_file`: `$7$iterations$salt$hash`, PBKDF2 with SHA-512.
 * Source: mosquitto 2.0, `src/password_mosq.c` and man mosquitto_passwd.
 */
export async function hashForMosquitto(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await promisify(pbkdf2)(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return `$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
