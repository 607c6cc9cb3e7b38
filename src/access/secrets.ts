import { createHash, randomBytes } from 'node:crypto';

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
