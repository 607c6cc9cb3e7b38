import { z } from 'zod';
import { COMPANY_STATUSES } from '../domain/company.js';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { ResultBatch } from '../domain/store.js';

/** The kinds of points in a batch. */
export const POINT_KINDS = ['windows', 'statuses', 'apparel', 'company'] as const;
export type PointKind = (typeof POINT_KINDS)[number];

export type PointOf<K extends PointKind> = ResultBatch[K][number];

/** A point that left its batch, as it stands in dead letters. */
export type LoosePoint = {
  readonly [K in PointKind]: { readonly kind: K; readonly point: PointOf<K> };
}[PointKind];

const device = z.string().transform((text, context): DeviceId => {
  const id = parseDeviceId(text);
  if (id !== undefined) return id;
  context.addIssue('not the name of a device');
  return z.NEVER;
});

const pointSchemas = {
  windows: z.object({
    device,
    model: z.string(),
    startMs: z.number(),
    endMs: z.number(),
    coverage: z.number(),
    meanDeltaMs: z.number(),
    maxDeltaMs: z.number(),
    probabilities: z.record(z.string(), z.number()),
  }),
  statuses: z.object({
    device,
    target: z.string(),
    atMs: z.number(),
    status: z.string().min(1),
    confidence: z.number(),
  }),
  apparel: z.object({
    device,
    label: z.string(),
    atMs: z.number(),
    probability: z.number(),
    model: z.string().exactOptional(),
    people: z.array(z.number()).exactOptional(),
  }),
  company: z.object({
    device,
    with: device,
    sinceMs: z.number(),
    status: z.enum(COMPANY_STATUSES),
    probability: z.number(),
  }),
} as const;

const loosePointSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('windows'), point: pointSchemas.windows }),
  z.object({ kind: z.literal('statuses'), point: pointSchemas.statuses }),
  z.object({ kind: z.literal('apparel'), point: pointSchemas.apparel }),
  z.object({ kind: z.literal('company'), point: pointSchemas.company }),
]);

/** A point as JSON, which a person can read too. Its numbers must be finite. */
export function encodePoint(point: PointOf<PointKind>): Uint8Array {
  return Buffer.from(JSON.stringify(point));
}

/** Inverse of {@link encodePoint}; `undefined` when it is not a point of that kind. */
export function decodePoint<K extends PointKind>(kind: K, bytes: Uint8Array): PointOf<K> | undefined {
  try {
    const json: unknown = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    );
    // The table of schemas is typed by kind, but not for a kind that is a parameter.
    return pointSchemas[kind].safeParse(json).data as PointOf<K> | undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a point tells something of a device. */
export function tellsOf(device: DeviceId, point: PointOf<PointKind>): boolean {
  return point.device === device || ('with' in point && point.with === device);
}

/** Every point of a batch by itself. */
export function loosen(batch: ResultBatch): LoosePoint[] {
  return [
    ...batch.windows.map((point) => ({ kind: 'windows' as const, point })),
    ...batch.statuses.map((point) => ({ kind: 'statuses' as const, point })),
    ...batch.apparel.map((point) => ({ kind: 'apparel' as const, point })),
    ...batch.company.map((point) => ({ kind: 'company' as const, point })),
  ];
}

/** A point as it stands in dead letters; `undefined` when it is none. */
export function parseLoosePoint(json: unknown): LoosePoint | undefined {
  return loosePointSchema.safeParse(json).data;
}

/** Inverse of {@link loosen}. */
export function gather(points: readonly LoosePoint[]): ResultBatch {
  return {
    windows: points.flatMap((each) => (each.kind === 'windows' ? [each.point] : [])),
    statuses: points.flatMap((each) => (each.kind === 'statuses' ? [each.point] : [])),
    apparel: points.flatMap((each) => (each.kind === 'apparel' ? [each.point] : [])),
    company: points.flatMap((each) => (each.kind === 'company' ? [each.point] : [])),
  };
}
