import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

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
