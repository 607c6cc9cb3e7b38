import { describe, expect, it } from 'vitest';
import type { PlatformState } from '../../../../src/domain/device.js';
import {
  ASSUMED_PLATFORM,
  declaredPlatform,
  PlatformMemory,
} from '../../../../src/ingest/decode/platform.js';
import { deviceId } from './make-raw.js';

const DETECTED: PlatformState = { info: { name: 'ios', from: 'detected' }, certainty: 3 };
const A = deviceId('a');
const B = deviceId('b');
const C = deviceId('c');

describe(PlatformMemory, () => {
  it('remembers what was detected, and nothing else', () => {
    const memory = new PlatformMemory(10);
    memory.remember(A, DETECTED);
    memory.remember(B, declaredPlatform('ios'));
    memory.remember(C, ASSUMED_PLATFORM);
    memory.remember(A, undefined);
    expect([A, B, C].map((device) => memory.recall(device))).toEqual([DETECTED, undefined, undefined]);
  });

  it('begins with what an earlier run knew', () => {
    const memory = new PlatformMemory(10, (device) => (device === A ? DETECTED : undefined));
    expect([A, B].map((device) => memory.recall(device))).toEqual([DETECTED, undefined]);
    const changed: PlatformState = { info: { name: 'android', from: 'detected' }, certainty: 1 };
    memory.remember(A, changed);
    expect(memory.recall(A)).toEqual(changed);
  });

  it('forgets the device heard of longest ago', () => {
    const memory = new PlatformMemory(2);
    memory.remember(A, DETECTED);
    memory.remember(B, DETECTED);
    memory.remember(A, DETECTED);
    memory.remember(C, DETECTED);
    expect([A, B, C].map((device) => memory.recall(device))).toEqual([DETECTED, undefined, DETECTED]);
  });
});
