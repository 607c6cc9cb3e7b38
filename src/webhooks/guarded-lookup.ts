import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressGuard } from '../notify/webhooks/address-guard.js';

/** An address was looked up to which nothing may be sent. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Looks names up for a connection that is about to be made, and refuses the connection if any of the addresses may not be
 * used: what was looked up earlier says nothing, since a name can be pointed elsewhere in between.
 */
export function guardedLookup(
  guard: AddressGuard,
  isEncrypted: boolean,
  lookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '', 0);
        return;
      }
      const refusals = addresses.flatMap(({ address }) => guard.refusal(address, isEncrypted) ?? []);
      const [refusal] = refusals;
      if (refusal !== undefined) callback(new AddressRefused(refusal), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
