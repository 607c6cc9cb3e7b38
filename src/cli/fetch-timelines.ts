import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DeviceId } from '../domain/ids.js';
import type { Recording } from '../domain/recording.js';
import { GatewayError, messageOf } from '../shared/errors.js';

const timelineSchema = z.object({
  intervals: z.array(
    z.object({ fromMs: z.number(), toMs: z.number(), status: z.string(), confidence: z.number() }),
  ),
});
const deviceSchema = z.object({ statuses: z.array(z.object({ target: z.string() })) });
const ledgerSchema = z.object({ windows: z.object({ due: z.number(), pending: z.number() }) });

/** What the recording's labels say of a target over time; epoch milliseconds. */
export interface LabelledInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: string;
}

/** A gateway to ask. */
export interface GatewayAddress {
  readonly url: string;
  /** With the scope `read`, where the gateway asks for one. */
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

export interface Comparison {
  /** The gateway's word by target. */
  readonly timelines: Readonly<Record<string, z.infer<typeof timelineSchema>['intervals']>>;
  /** The recording's own labels by target, in the same form. */
  readonly labels: Readonly<Record<'accompanied' | 'conversation', readonly LabelledInterval[]>>;
}

/** Asks a gateway what it made of a recording, once it has dealt with all that was sent, and lays the labels beside it. */
export async function fetchTimelines(
  gateway: GatewayAddress,
  device: DeviceId,
  recording: Recording,
  startMs: number,
): Promise<Comparison> {
  await untilSettled(gateway);
  const endMs =
    startMs + Math.max(0, ...recording.sensors.map((sensor) => sensor.samples.timesMs.at(-1) ?? 0));
  const { statuses } = await get(gateway, `/v1/devices/${device}`, deviceSchema);
  const timelines: Record<string, z.infer<typeof timelineSchema>['intervals']> = {};
  for (const { target } of statuses) {
    const query = new URLSearchParams({ target, from: String(startMs), to: String(Math.ceil(endMs)) });
    const path = `/v1/devices/${device}/timeline?${query}`;
    timelines[target] = (await get(gateway, path, timelineSchema)).intervals;
  }
  const labels = {
    accompanied: truthOf(recording, startMs, 'accompanied'),
    conversation: truthOf(recording, startMs, 'conversation'),
  };
  return { timelines, labels };
}

/** The comparison as lines for a person, in seconds since the recording's start. */
export function describeComparison({ timelines, labels }: Comparison, startMs: number): string[] {
  const spans = (intervals: readonly LabelledInterval[]): string =>
    intervals
      .map(({ fromMs, toMs, status }) => `${status} ${seconds(fromMs - startMs)}–${seconds(toMs - startMs)}`)
      .join(', ') || 'nothing';
  const targets = Object.entries(timelines);
  if (targets.length === 0) return ['the gateway has no status of it: no model uses these sensors'];
  return targets.flatMap(([target, intervals]) => {
    const truth = Object.entries(labels).find(([name]) => name === target)?.[1] ?? [];
    return [`${target}, in seconds`, `  gateway  ${spans(intervals)}`, `  labels   ${spans(truth)}`];
  });
}

function seconds(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}

/** Waits until two looks at the ledger find the same windows due and none pending. */
async function untilSettled(gateway: GatewayAddress): Promise<void> {
  let dueBefore = -1;
  for (;;) {
    const { windows } = await get(gateway, '/v1/ledger', ledgerSchema);
    if (windows.pending === 0 && windows.due === dueBefore) return;
    dueBefore = windows.due;
    await sleep(500, undefined, { signal: gateway.signal });
  }
}

function truthOf(
  recording: Recording,
  startMs: number,
  target: 'accompanied' | 'conversation',
): LabelledInterval[] {
  return recording.labels.map((label) => ({
    fromMs: startMs + label.fromMs,
    toMs: startMs + label.toMs,
    status: label[target] === null ? 'unknown' : label[target] ? 'yes' : 'no',
  }));
}

async function get<T>(
  { url: base, token, signal }: GatewayAddress,
  path: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const url = new URL(path, base);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, { headers, signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return schema.parse(await response.json());
  } catch (error) {
    throw new GatewayError('SOURCE_FAILED', `${url} did not answer as a gateway does: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
