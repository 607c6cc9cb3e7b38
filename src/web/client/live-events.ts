import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { AlongsideProblem, type ClientOptions, type Status } from './client.js';

/** What `GET /v1/events` tells; `reset` says that events were missed: load again what you show. */
export type LiveMessage =
  | {
      readonly type: 'status';
      readonly data: {
        readonly device: string;
        readonly target: string;
        readonly status: Status;
        readonly confidence: number;
        readonly atMs: number;
        readonly sinceMs: number;
        readonly kind: 'change' | 'heartbeat';
        /** Said by a model made on simulated people. */
        readonly simulated?: true;
        /** The model is for one place, and nobody has said that the device is worn there. */
        readonly placement?: 'assumed';
      };
    }
  | {
      readonly type: 'window';
      readonly data: {
        readonly device: string;
        readonly model: string;
        readonly startMs: number;
        readonly endMs: number;
        readonly coverage: number;
        readonly probabilities: Readonly<Record<string, number>>;
      };
    }
  | {
      readonly type: 'apparel';
      readonly data: {
        readonly device: string;
        readonly label: string;
        readonly atMs: number;
        readonly probability: number;
        readonly model?: string;
        readonly people?: readonly number[];
      };
    }
  | {
      readonly type: 'company';
      readonly data: {
        readonly device: string;
        readonly with: string;
        readonly status: 'together' | 'apart' | 'unknown';
        readonly probability: number;
        readonly sinceMs: number;
        readonly atMs: number;
      };
    }
  | {
      readonly type: 'device';
      readonly data: { readonly id: string; readonly online: boolean; readonly atMs: number };
    }
  | { readonly type: 'reset'; readonly data: { readonly reason: string } };

export interface LiveOptions extends ClientOptions {
  /** Only events of this device. */
  readonly device?: string | undefined;
  /** Only these kinds. */
  readonly types?: readonly Exclude<LiveMessage['type'], 'reset'>[] | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onMessage: (message: LiveMessage) => void;
  /** Told whenever the connection is there or lost. */
  readonly onConnected?: ((isConnected: boolean) => void) | undefined;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The gateway says something at least this often; silence means that the connection is dead. */
const SILENCE_MS = 45_000;

/**
 * Listens until the signal ends it. Lost connections are made again and go on where they ended; unlike a browser's own
 * `EventSource` it can send a token.
 *
 * @throws AlongsideProblem when the gateway refuses for good: 400, 401, 403
 */
export async function listen(options: LiveOptions): Promise<void> {
  const place: Place = { lastEventId: undefined };
  for (let waitMs = FIRST_WAIT_MS; !options.signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      await listenOnce(options, place, () => {
        waitMs = FIRST_WAIT_MS;
      });
    } catch (error) {
      if (error instanceof AlongsideProblem && [400, 401, 403].includes(error.status)) throw error;
    }
    options.onConnected?.(false);
    await wait(waitMs, options.signal);
  }
}

interface Place {
  lastEventId: string | undefined;
}

async function listenOnce(options: LiveOptions, place: Place, onOpen: () => void): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  const response = await fetch(addressOf(options), { headers: headersOf(options, place), signal });
  if (!response.ok || response.body === null) {
    throw new AlongsideProblem(response.status, await detailOf(response));
  }
  onOpen();
  options.onConnected?.(true);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const bytes = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        controller.enqueue(chunk);
      },
    }),
  );
  const reader = bytes
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      take(value, place, options.onMessage);
    }
  } finally {
    clearTimeout(timer);
  }
}

function addressOf({ baseUrl, device, types }: LiveOptions): URL {
  const url = new URL('/v1/events', baseUrl);
  if (device !== undefined) url.searchParams.set('device', device);
  if (types !== undefined) url.searchParams.set('types', types.join(','));
  return url;
}

function headersOf({ token }: LiveOptions, { lastEventId }: Place): Record<string, string> {
  return {
    accept: 'text/event-stream',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
}

function take(
  { id, event, data }: EventSourceMessage,
  place: Place,
  onMessage: LiveOptions['onMessage'],
): void {
  if (id !== undefined && id !== '') place.lastEventId = id;
  // The gateway writes what its description promises.
  if (event !== undefined) onMessage({ type: event, data: JSON.parse(data) as unknown } as LiveMessage);
}

async function detailOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  const hasDetail = typeof body === 'object' && body !== null && 'detail' in body;
  return hasDetail ? String(body.detail) : response.statusText;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
