import type { InvitationState, NewInvitation, Redemption } from '../access/join-tokens.js';
import type { DeviceId } from '../domain/ids.js';

/** What a phone needs to stream. */
export interface Joined {
  readonly device: DeviceId;
  /** `undefined` where the broker asks nobody who they are. */
  readonly password: string | undefined;
  /** MQTT over WebSocket of a broker elsewhere; `undefined`: at `/mqtt` of this server. */
  readonly brokerUrl: string | undefined;
  /** Sensors that the models in service look at. */
  readonly sensors: readonly string[];
}

export type JoinOutcome =
  | { readonly kind: 'joined'; readonly joined: Joined }
  | Exclude<Redemption, { readonly kind: 'taken' }>;

/** Where phones are invited and let in. */
export interface Pairing {
  /**
   * Where phones may reach the pages, as far as the gateway can tell.
   *
   * @param port where the server listens
   */
  addresses(port: number | undefined): readonly string[];
  /** @throws GatewayError `USAGE` when there is such a device and it is not to be replaced */
  invite(device: DeviceId, replace: boolean): Promise<NewInvitation>;
  /** What became of the newest invitation of a device; `undefined` where there is none. */
  stateOf(device: DeviceId): InvitationState | undefined;
  /** @throws GatewayError `USAGE` when a device of that name was let in meanwhile */
  redeem(token: string): Promise<JoinOutcome>;
}
