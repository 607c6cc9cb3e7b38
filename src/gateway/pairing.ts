import { networkInterfaces } from 'node:os';
import { accessFile, changeAccessFile, readAccessFile } from '../access/access-file.js';
import { JoinTokens, type NewInvitation } from '../access/join-tokens.js';
import { createDevice, withDevice } from '../access/manage-records.js';
import type { RunningAccess } from '../access/running-access.js';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { SharedRecords } from '../domain/shared-records.js';
import type { Joined, Pairing } from '../http/dependencies.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import type { Clock } from '../shared/clock.js';
import { GatewayError } from '../shared/errors.js';
import { isLoopback, lanAddresses } from '../shared/network.js';
import type { Peers } from './peers.js';

export interface PairingDependencies {
  readonly clock: Clock;
  readonly access: RunningAccess;
  readonly peers: Pick<Peers, 'settled'>;
  /** Models in service. */
  readonly models: () => readonly SequenceManifest[];
}

/** Lets phones in that show a one-time token. */
export function createPairing(
  config: Config,
  { clock, access, models, peers }: PairingDependencies,
): Pairing & { readonly erasable: Erasable; readonly shared: SharedRecords } {
  const { http, mqtt, dataDir } = config;
  const tokens = new JoinTokens();
  const path = accessFile(dataDir);
  return {
    addresses: (port = http.port) => addressesOf(config, port),
    stateOf: (device) => tokens.stateOf(device, clock.nowMs()),
    invite: async (device, replace): Promise<NewInvitation> => {
      if (mqtt.url !== undefined && mqtt.webSocketUrl === undefined) throw brokerElsewhere();
      const { devices } = await readAccessFile(path);
      if (!replace && devices.some(({ name }) => name === device)) throw taken(device);
      const expiresAtMs = clock.nowMs() + http.joinMinutes * 60_000;
      const invitation = tokens.invite({ device, replace, expiresAtMs });
      await peers.settled();
      return invitation;
    },
    redeem: async (token) => {
      const redemption = tokens.redeem(token, clock.nowMs());
      if (redemption.kind !== 'taken') return redemption;
      try {
        await peers.settled();
      } catch (error) {
        tokens.giveBack(token);
        throw error;
      }
      if (!tokens.isUsedBy(token, redemption.claim)) return { kind: 'used' };
      const { device, replace } = redemption.invitation;
      const joined: Omit<Joined, 'password'> = {
        device,
        brokerUrl: mqtt.url === undefined ? undefined : mqtt.webSocketUrl,
        sensors: sensorsOf(models()),
      };
      // Where nobody is asked, the first password would shut out the phones that stream already.
      const asksNobody = access.control.allowsAnonymous('mqtt') && access.control.allowsAnonymous('admin');
      if (asksNobody) return { kind: 'joined', joined: { ...joined, password: undefined } };
      const { record, password } = await createDevice(device, clock.nowMs());
      try {
        await changeAccessFile(path, (records) => withDevice(records, record, replace));
      } catch (error) {
        tokens.giveBack(token);
        throw error;
      }
      await access.reload();
      await peers.settled();
      return { kind: 'joined', joined: { ...joined, password } };
    },
    shared: tokens.shared,
    erasable: {
      name: 'invitations',
      heldBy: 'all',
      holds: (device) => Promise.resolve(tokens.has(device)),
      forget: (device) => {
        tokens.forget(device);
        return Promise.resolve();
      },
    },
  };
}

function brokerElsewhere(): GatewayError {
  const words = 'phones would not find the broker: set mqtt.webSocketUrl to its MQTT over WebSocket';
  return new GatewayError('USAGE', words);
}

function taken(device: DeviceId): GatewayError {
  const words = `there is a device ${device} already; choose another name, or let the new phone take its place`;
  return new GatewayError('USAGE', words);
}

/** Sensors that the models in service look at. */
function sensorsOf(models: readonly SequenceManifest[]): string[] {
  const sensors = models.flatMap(({ channels }) => channels.map((channel) => channel.split('.')[0] ?? ''));
  return [...new Set(sensors)].sort();
}

/** Where phones may reach the pages, the best first; none where this machine only is listened to. */
function addressesOf({ http }: Config, port: number): string[] {
  if (http.publicUrl !== undefined) return [http.publicUrl.replace(/\/+$/, '')];
  if (isLoopback(http.host)) return [];
  const scheme = http.tls === undefined ? 'http' : 'https';
  const hosts =
    http.host === '0.0.0.0' || http.host === '::'
      ? lanAddresses(networkInterfaces())
      : [bracketed(http.host)];
  return hosts.map((host) => `${scheme}://${host}:${port}`);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
