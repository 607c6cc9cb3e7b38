import { z } from 'zod';

/** Answers of the API as far as tests look at them. */
export const ledgerSchema = z.object({
  balanced: z.boolean(),
  messages: z.object({
    received: z.number(),
    accepted: z.number(),
    rejected: z.record(z.string(), z.number()),
  }),
  samples: z.record(z.string(), z.number()),
  windows: z.object({
    due: z.number(),
    stored: z.number(),
    skipped: z.record(z.string(), z.number()),
    pending: z.number(),
  }),
  frames: z.object({
    received: z.number(),
    classified: z.number(),
    rejected: z.record(z.string(), z.number()),
    pending: z.number(),
  }),
  ignoredSensors: z.record(z.string(), z.number()),
});

export type LedgerAnswer = z.infer<typeof ledgerSchema>;

export const windowsSchema = z.object({
  windows: z.array(
    z.object({
      startMs: z.number(),
      endMs: z.number(),
      model: z.string(),
      coverage: z.number(),
      meanDeltaMs: z.number(),
      maxDeltaMs: z.number(),
      probabilities: z.record(z.string(), z.number()),
    }),
  ),
});

export const devicesSchema = z.object({ devices: z.array(z.object({ id: z.string() })) });

export const deviceSchema = z.object({
  id: z.string(),
  online: z.boolean(),
  samples: z.record(z.string(), z.number()),
  delivery: z.object({
    messages: z.number(),
    missing: z.number(),
    duplicates: z.number(),
    reordered: z.number(),
  }),
  statuses: z.array(z.object({ target: z.string(), status: z.string() })),
});

export const timelineSchema = z.object({
  device: z.string(),
  target: z.string(),
  intervals: z.array(
    z.object({
      fromMs: z.number(),
      toMs: z.number(),
      status: z.enum(['yes', 'no', 'unknown']),
      confidence: z.number(),
      label: z.string().optional(),
    }),
  ),
});
