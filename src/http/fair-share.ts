import type { FastifyRequest } from 'fastify';
import { hasScope, type Principal } from '../access/principal.js';
import { addressKey } from '../shared/network.js';
import { busyProblem, type HttpProblem } from './problem.js';

/** Who asks, as shares are counted. */
export interface Caller {
  /** `undefined` for somebody who need not say who they are: only their address counts. */
  readonly principal: string | undefined;
  readonly address: string;
  readonly isAdmin: boolean;
}

/** Of the whole: what one principal and what one address may hold. Many phones share an address. */
const SHARE = { principal: 1 / 2, address: 3 / 4 };
/** Of the whole: what is kept for administrators. */
const RESERVE = 1 / 16;

/** What is held while a request is answered is soon free again. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Something that there is not enough of for everybody, such as live streams or memory for bodies. Nobody but administrators can
 * take all of it, and for them a part stays free. Plain.
 */
export class FairShare {
  readonly #total: number;
  readonly #largest: number;
  readonly #held = new Map<string, number>();
  #inUse = 0;

  /** @param largest most that is taken at once; every share has room for it */
  constructor(total: number, largest = 1) {
    this.#total = total;
    this.#largest = Math.min(largest, total);
  }

  /** @returns why it was not taken; `undefined` when it was */
  take(caller: Caller, amount: number): 'own-share' | 'full' | undefined {
    if (!caller.isAdmin) {
      const isOver = keysOf(caller).some(
        ({ key, share }) => this.#heldBy(key) + amount > Math.max(this.#largest, this.#total * share),
      );
      if (isOver) return 'own-share';
    }
    if (this.#inUse + amount > this.#total - (caller.isAdmin ? 0 : this.#reserve())) return 'full';
    this.#add(caller, amount);
    return undefined;
  }

  give(caller: Caller, amount: number): void {
    this.#add(caller, -amount);
  }

  /** Of something that is scarce anyway nothing is kept back. */
  #reserve(): number {
    return this.#total < 4 * this.#largest ? 0 : Math.max(this.#largest, Math.floor(this.#total * RESERVE));
  }

  #heldBy(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  #add(caller: Caller, amount: number): void {
    this.#inUse += amount;
    for (const { key } of keysOf(caller)) {
      const held = this.#heldBy(key) + amount;
      if (held > 0) this.#held.set(key, held);
      else this.#held.delete(key);
    }
  }
}

function keysOf({ principal, address }: Caller): { readonly key: string; readonly share: number }[] {
  const ofAddress = { key: `address ${address}`, share: SHARE.address };
  return principal === undefined ? [ofAddress] : [ofAddress, { key: principal, share: SHARE.principal }];
}

/** Who a request comes from. Before anybody has looked, nothing is counted against anyone. */
export function callerOf({ principal, ip }: Pick<FastifyRequest, 'principal' | 'ip'>): Caller {
  return {
    principal: principal === undefined ? undefined : principalKey(principal),
    address: addressKey(ip),
    isAdmin: principal === undefined || hasScope(principal, 'admin'),
  };
}

/** What stands for a caller who said who they are; `undefined` for others. */
export function principalKey(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'token':
      return `token/${principal.id}`;
    case 'device':
      return `device/${principal.device}`;
    case 'anonymous':
      return undefined;
  }
}

/** A 503 in the words of what is held. */
export function shareProblem(
  reason: 'own-share' | 'full',
  what: string,
  retryAfterSeconds: number,
): HttpProblem {
  return busyProblem(
    'room',
    reason === 'full'
      ? `The gateway has no room for more ${what}; try again`
      : `Your share of ${what} is in use; wait until some of them are done`,
    retryAfterSeconds,
  );
}

/**
 * Runs something on what it takes a share for.
 *
 * @throws HttpProblem 503 when there is no room
 */
export async function withShare<T>(
  share: FairShare,
  { caller, amount, what }: { readonly caller: Caller; readonly amount: number; readonly what: string },
  run: () => Promise<T>,
): Promise<T> {
  const reason = share.take(caller, amount);
  if (reason !== undefined) throw shareProblem(reason, what, RETRY_AFTER_SECONDS);
  try {
    return await run();
  } finally {
    share.give(caller, amount);
  }
}
