import { SIGNATURE, SLOTS } from '../../../src/company/signature.js';
import { SIGNATURE_SIZE, type SignatureRow } from '../../../src/domain/company.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import { hash32, normalAt, uniformAt } from '../../../src/recordings/simulation/random.js';

/** 2025-01-01. */
export const START_MS = 1_735_689_600_000;

export interface Walk {
  readonly device: DeviceId;
  /** Who takes the same way has the same. */
  readonly way: number;
  /** Gives each their own gait. */
  readonly own: number;
  readonly fromSecond: number;
  readonly toSecond: number;
  /** How far behind the others, in fifths of a second. */
  readonly lagSlots?: number;
}

/** Signatures of somebody who walks: turns and steel of the way, steps and noise of their own. */
export function walk({ device, way, own, fromSecond, toSecond, lagSlots = 0 }: Walk): SignatureRow[] {
  return Array.from({ length: toSecond - fromSecond }, (_, index) => {
    const second = fromSecond + index;
    const values = new Float32Array(SIGNATURE_SIZE).fill(Number.NaN);
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = second * SLOTS + slot;
      values[SIGNATURE.turn + slot] = turnAt(way, at - lagSlots) + 0.1 * normalAt(own, at);
      values[SIGNATURE.heave + slot] = Math.sin(at * 2.3 + own) + 0.2 * normalAt(hash32(own, 1), at);
    }
    values[SIGNATURE.energy] = 0.8 + 0.1 * normalAt(hash32(own, 2), second);
    values[SIGNATURE.cadence] = 1.8 + 0.2 * uniformAt(own, 0);
    values[SIGNATURE.push] = 0.3;
    values[SIGNATURE.tremble] = 0.5 + 0.1 * normalAt(hash32(own, 3), second);
    return { device, endMs: START_MS + (second + 1) * 1000, values };
  });
}

/** Signatures of a phone on a table. */
export function rest(device: DeviceId, own: number, fromSecond: number, toSecond: number): SignatureRow[] {
  return Array.from({ length: toSecond - fromSecond }, (_, index) => {
    const second = fromSecond + index;
    const values = Float32Array.from(
      { length: SIGNATURE_SIZE },
      (_, at) => 0.005 * normalAt(own, second * 16 + at),
    );
    values[SIGNATURE.energy] = -3.5 + 0.05 * normalAt(own, second);
    values[SIGNATURE.tremble] = -3.5;
    values[SIGNATURE.cadence] = 0;
    return { device, endMs: START_MS + (second + 1) * 1000, values };
  });
}

/** A corner of two seconds in two of three stretches of six. */
function turnAt(way: number, slot: number): number {
  const stretch = Math.floor(slot / 30);
  const since = slot - stretch * 30;
  if (uniformAt(way, stretch) < 0.33 || since >= 10) return 0;
  const sign = uniformAt(way, stretch + 1_000_000) < 0.5 ? -1 : 1;
  return sign * (1 - Math.cos((2 * Math.PI * since) / 10));
}
