import { isLoopback } from '../shared/network.js';
import type { AccessRecords } from './access-file.js';

/** Where the gateway is about to listen. */
export interface Binding {
  readonly httpHost: string;
  /** `undefined` where there is no broker of the gateway's own. */
  readonly mqttHost: string | undefined;
  /** Somebody said in so many words that everybody in the network may do everything. */
  readonly allowAnonymous: boolean;
  /** Credentials may be made at another gateway later; until then nobody is let in. */
  readonly sharesCredentials?: boolean;
}

/** Channels that other machines reach, on which everybody must say who they are. */
export interface Exposure {
  readonly http: boolean;
  readonly mqtt: boolean;
}

export function exposureOf({ httpHost, mqttHost, allowAnonymous }: Binding): Exposure {
  return {
    http: !allowAnonymous && !isLoopback(httpHost),
    mqtt: !allowAnonymous && mqttHost !== undefined && !isLoopback(mqttHost),
  };
}

/** Why the gateway may not listen there, with what to do; empty when it may. */
export function bindingProblems(binding: Binding, { devices, tokens }: AccessRecords): string[] {
  if (devices.length > 0 || tokens.length > 0 || binding.sharesCredentials === true) return [];
  const { http, mqtt } = exposureOf(binding);
  const settings = [
    ...(http ? [`http.host=${binding.httpHost}`] : []),
    ...(mqtt ? [`mqtt.host=${binding.mqttHost}`] : []),
  ];
  if (settings.length === 0) return [];
  return [
    `${settings.join(' and ')} would let everybody in the network in, and no credentials are configured. First run ` +
      '"alongside devices add NAME" for each phone and "alongside tokens create --name NAME --scope read" for ' +
      'each person or program that reads, with the same dataDir; or set access.allowAnonymous=true if everybody may do everything',
  ];
}
