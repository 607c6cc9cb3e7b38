import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
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

/** A token's text: what it is, which one it is, and 256 random bits. The prefix lets scanners for leaked secrets find it. */
const TOKEN_PATTERN = /^alongside_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
const TOKEN_ID_BYTES = 6;
const TOKEN_SECRET_BYTES = 32;

/** 32 signs that nobody mistakes for one another: no l, o, 0 or 1. */
const PASSWORD_SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789';
const PASSWORD_GROUPS = 5;
const GROUP_SIGNS = 4;

/** A new password to be typed on a phone: 100 random bits as `xxxx-xxxx-xxxx-xxxx-xxxx`. */
export function createPassword(): string {
  const signs = Array.from(randomBytes(PASSWORD_GROUPS * GROUP_SIGNS), (byte) =>
    PASSWORD_SIGNS.charAt(byte % PASSWORD_SIGNS.length),
  );
  const groups = Array.from({ length: PASSWORD_GROUPS }, (_, group) =>
    signs.slice(group * GROUP_SIGNS, (group + 1) * GROUP_SIGNS).join(''),
  );
  return groups.join('-');
}

/** A new bearer token, with the part of it that may be shown. */
export function createToken(): { readonly id: string; readonly text: string } {
  const id = randomBytes(TOKEN_ID_BYTES).toString('hex');
  return { id, text: `alongside_${id}_${randomBytes(TOKEN_SECRET_BYTES).toString('base64url')}` };
}

/** The id in a text that looks like a token; `undefined` for any other text. */
export function tokenIdOf(text: string): string | undefined {
  return TOKEN_PATTERN.exec(text)?.[1];
}

export function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
