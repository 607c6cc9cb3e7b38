import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Subject } from 'rxjs';
import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { SharedRecords } from '../domain/shared-records.js';

/** What a token stands for. */
export interface Invitation {
  readonly device: DeviceId;
  /** A device of this name may have credentials already; they are replaced. */
  readonly replace: boolean;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

export interface NewInvitation extends Invitation {
  /** The token itself, told once. */
  readonly token: string;
}

/** What became of a token that somebody showed. */
export type Redemption =
  | { readonly kind: 'taken'; readonly invitation: Invitation; readonly claim: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'used' }
  | { readonly kind: 'expired' };

/** Whether a phone has joined by an invitation, still may, or is too late. */
export const INVITATION_STATES = ['waiting', 'joined', 'expired'] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

const TOKEN_BYTES = 24;
/** Invitations remembered, used and expired ones included; beyond it the oldest are forgotten. */
const MOST_REMEMBERED = 1000;

const rememberedSchema = z.object({
  device: z.custom<DeviceId>((value) => typeof value === 'string' && parseDeviceId(value) !== undefined),
  replace: z.boolean(),
  expiresAtMs: z.number(),
  /** By which redemption; two gateways may be shown the same token at once. */
  usedBy: z.string().optional(),
});
type Remembered = Readonly<z.infer<typeof rememberedSchema>>;

/**
 * One-time tokens by which phones are let in, 192 random bits each. They live in memory: a restart takes them all back.
 * Only their hashes are kept.
 */
export class JoinTokens {
  /** By hash, in the order in which they were made. */
  readonly #invitations = new Map<string, Remembered>();
  readonly #changes = new Subject<void>();

  /** The same at all gateways: a link made at one lets a phone in at any. */
  readonly shared: SharedRecords = {
    name: 'invitations',
    outliveRestart: false,
    changes$: this.#changes,
    all: () => this.#invitations,
    take: (changes) => {
      for (const [hash, value] of changes) {
        const invitation = rememberedSchema.safeParse(value);
        if (invitation.success) this.#invitations.set(hash, invitation.data);
        else if (value === undefined) this.#invitations.delete(hash);
      }
      return Promise.resolve();
    },
  };

  /** Makes a token; one for the same device that was not used yet is taken back. */
  invite(invitation: Invitation): NewInvitation {
    for (const [hash, { device, usedBy }] of this.#invitations) {
      if (device === invitation.device && usedBy === undefined) this.#invitations.delete(hash);
    }
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.#invitations.set(hashOf(token), invitation);
    const [oldest] = this.#invitations.keys();
    if (this.#invitations.size > MOST_REMEMBERED && oldest !== undefined) this.#invitations.delete(oldest);
    this.#changes.next();
    return { ...invitation, token };
  }

  /** Uses a token up. */
  redeem(token: string, nowMs: number): Redemption {
    const invitation = this.#invitations.get(hashOf(token));
    if (invitation === undefined) return { kind: 'unknown' };
    if (invitation.usedBy !== undefined) return { kind: 'used' };
    if (invitation.expiresAtMs <= nowMs) return { kind: 'expired' };
    const claim = randomUUID();
    this.#invitations.set(hashOf(token), { ...invitation, usedBy: claim });
    this.#changes.next();
    return { kind: 'taken', invitation, claim };
  }

  /** Whether a token was used up by this redemption, and not at the same time at another gateway. */
  isUsedBy(token: string, claim: string): boolean {
    return this.#invitations.get(hashOf(token))?.usedBy === claim;
  }

  /** Nobody was let in by a token that was used up: the same link may be tried again. */
  giveBack(token: string): void {
    const invitation = this.#invitations.get(hashOf(token));
    if (invitation === undefined) return;
    this.#invitations.set(hashOf(token), { ...invitation, usedBy: undefined });
    this.#changes.next();
  }

  /** What became of the newest invitation of a device; `undefined` where there is none. */
  stateOf(device: DeviceId, nowMs: number): InvitationState | undefined {
    const invitation = [...this.#invitations.values()].findLast((each) => each.device === device);
    if (invitation === undefined) return undefined;
    if (invitation.usedBy !== undefined) return 'joined';
    return invitation.expiresAtMs <= nowMs ? 'expired' : 'waiting';
  }

  /** Takes the invitations of a device back. */
  forget(device: DeviceId): void {
    for (const [hash, invitation] of this.#invitations) {
      if (invitation.device === device) this.#invitations.delete(hash);
    }
    this.#changes.next();
  }

  /** Whether there is anything of a device. */
  has(device: DeviceId): boolean {
    return [...this.#invitations.values()].some((invitation) => invitation.device === device);
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
