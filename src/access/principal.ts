import type { DeviceId } from '../domain/ids.js';

/**
 * What an operator may do.
 *
 * - `read`: see devices, timelines, windows, live events, ledger and metrics
 * - `ingest`: push sensor data for any device
 * - `admin`: everything, also what removes data
 */
export const SCOPES = ['read', 'ingest', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Who asks for something. */
export type Principal =
  /** Somebody, where nobody has to say who they are. */
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'token';
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
    }
  /** A phone or wearable; it may push its own data. */
  | {
      readonly kind: 'device';
      readonly device: DeviceId;
      /** When its password was made, epoch milliseconds; a new password is another time. */
      readonly passwordFromMs: number;
    };

export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** Whether somebody who said who they are may do what needs a scope; a device may push, and nothing else. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  switch (principal.kind) {
    case 'anonymous':
      return false;
    case 'device':
      return scope === 'ingest';
    case 'token':
      return principal.scopes.includes('admin') || principal.scopes.includes(scope);
  }
}
