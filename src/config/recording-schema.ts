import { z } from 'zod';
import { milliseconds } from './fields.js';

export const onOff = z.enum(['on', 'off']);

export const recording = z
  .strictObject({
    default: onOff.default('off').describe('For devices that do not say themselves'),
    maxBytes: z
      .int()
      .min(1_000_000)
      .default(10_000_000_000)
      .describe('Size of all recordings; beyond it nothing more is recorded, and that is counted and said'),
    maxHours: z.number().positive().max(24).default(4).describe('Longest recording; then another is begun'),
    silenceMs: milliseconds(600_000, 'Silence that ends a recording'),
    openLabelMs: milliseconds(3_600_000, 'How long a label holds that says no end, unless another follows'),
  })
  .prefault({})
  .describe('Labelled recordings of what devices send, below dataDir/recordings');
