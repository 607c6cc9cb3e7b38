import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { PasswordHash } from './records.js';

/**
 * About 10 ms and 4 MiB. Passwords are made by the gateway with 100 random bits, out of reach of guessing whatever one
 * guess costs; a higher cost would only be felt when a fleet connects after a restart.
 */
const COST = 4096;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt needs 128 × cost × blockSize; Node refuses more than this. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

type Costs = Pick<PasswordHash, 'cost' | 'blockSize' | 'parallelization'>;

const COSTS: Costs = { cost: COST, blockSize: BLOCK_SIZE, parallelization: PARALLELIZATION };

/** Hashes a password with a salt of its own. */
export async function hashPassword(password: string, costs: Costs = COSTS): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, costs);
  return {
    algorithm: 'scrypt',
    ...costs,
    salt: salt.toString('base64'),
    hash: hash.toString('base64'),
  };
}

/** Whether a password is the one that was hashed; takes as long when it is not. */
export async function verifyPassword(password: string | Buffer, expected: PasswordHash): Promise<boolean> {
  const hash = Buffer.from(expected.hash, 'base64');
  const actual = await derive(password, Buffer.from(expected.salt, 'base64'), hash.length, expected);
  return timingSafeEqual(actual, hash);
}

function derive(password: string | Buffer, salt: Buffer, bytes: number, costs: Costs): Promise<Buffer> {
  const { cost, blockSize, parallelization } = costs;
  const options = { cost, blockSize, parallelization, maxmem: MAX_MEMORY_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
