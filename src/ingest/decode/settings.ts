import type { DeviceId } from '../../domain/ids.js';
import type { SensorKind } from '../../domain/samples.js';
import type { PlatformSetting } from './platform.js';

/** Names of the columns of one sensor in a phyphox experiment; of the barometer only `x`. */
export interface PhyphoxColumns {
  readonly sensor: SensorKind;
  /** Seconds since the start of the experiment. */
  readonly time: string;
  readonly x: string;
  readonly y?: string;
  readonly z?: string;
}

/** What the operator of the gateway knows about the devices. */
export interface DecodeSettings {
  /** Declared convention of a device; used for formats whose payload does not tell it. */
  readonly platformOf: (device: DeviceId) => PlatformSetting;
  /** Columns of the phyphox experiments in use; without them the usual names are recognised. */
  readonly phyphoxColumns?: readonly PhyphoxColumns[] | undefined;
  /** Whether anything uses air pressure; else it is ignored and counted. @defaultValue false */
  readonly isPressureUsed?: boolean;
}
