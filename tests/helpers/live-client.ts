/** One event as a browser's EventSource would hand it out. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** A client of `GET /v1/events` over a real connection. */
export interface LiveClient extends Disposable {
  readonly response: Response;
  readonly events: readonly ReceivedEvent[];
  /** The last id received, also of frames without an event. */
  readonly lastId: string | undefined;
  readonly comments: number;
  /** Resolves when the server has ended the stream in order; rejects when the connection broke. */
  readonly ended: Promise<void>;
}

/** Connects and collects what comes until it is disposed of. */
export async function openLiveClient(url: string, lastEventId?: string, token?: string): Promise<LiveClient> {
  const abort = new AbortController();
  const headers = {
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(url, { headers, signal: abort.signal });
  const state = { events: [] as ReceivedEvent[], lastId: undefined as string | undefined, comments: 0 };
  const ended = collect(response, state);
  ended.catch(() => undefined);
  return {
    response,
    events: state.events,
    get lastId() {
      return state.lastId;
    },
    get comments() {
      return state.comments;
    },
    ended,
    [Symbol.dispose]: () => abort.abort(),
  };
}

interface Collected {
  readonly events: ReceivedEvent[];
  lastId: string | undefined;
  comments: number;
}

async function collect(response: Response, state: Collected): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) take(frame, state);
  }
}

/** Reads one frame by the rules of https://html.spec.whatwg.org/multipage/server-sent-events.html */
function take(frame: string, state: Collected): void {
  const fields = new Map<string, string>();
  for (const line of frame.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) state.comments += 1;
    else fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  state.lastId = fields.get('id') ?? state.lastId;
  const data = fields.get('data');
  if (data === undefined) return;
  state.events.push({
    id: state.lastId ?? '',
    type: fields.get('event') ?? 'message',
    data: JSON.parse(data),
  });
}
