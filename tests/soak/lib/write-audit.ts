import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What was written into the database, write by write. */
export interface WriteAudit extends AsyncDisposable {
  /** To be used in place of the database's. */
  readonly url: string;
  readonly counts: AuditCounts;
}

export interface AuditCounts {
  /** Windows that were written again as they were. */
  readonly rewrittenSame: number;
  /** Windows that were written again as something else, and how. */
  readonly rewrittenOther: readonly string[];
  /** Windows of an earlier owner that came after those of a later one. */
  readonly stale: readonly string[];
}

/** What a model answers may differ this much with the size of the batch. */
const TOLERANCE = 1e-5;

/** Stands between gateways and a database, and reads along what they write. */
export async function startWriteAudit(influxUrl: string): Promise<WriteAudit> {
  const seen = new Written();
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await buffer(incoming);
      const { statusCode = 500, headers, answer } = await forward(influxUrl, incoming, body);
      if (incoming.url?.startsWith('/write') && statusCode < 300) seen.note(body.toString());
      outgoing.writeHead(statusCode, headers).end(answer);
    })().catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    counts: seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close').catch(() => undefined);
    },
  };
}

async function forward(influxUrl: string, { url = '/', method, headers }: IncomingMessage, body: Buffer) {
  const sent = request(new URL(url, influxUrl), { method, headers });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  // `response` hands over the message and nothing else.
  const incoming = answer as IncomingMessage;
  return {
    statusCode: incoming.statusCode,
    headers: incoming.headers,
    answer: await buffer(incoming),
  };
}

interface WrittenWindow {
  readonly fields: ReadonlyMap<string, string>;
  readonly token: number;
}

/** The windows that were written, by series and time. */
class Written implements AuditCounts {
  rewrittenSame = 0;
  readonly rewrittenOther: string[] = [];
  readonly stale: string[] = [];
  readonly #windows = new Map<string, WrittenWindow>();
  /** Token of the latest owner that wrote windows of a device. */
  readonly #tokens = new Map<string, number>();

  note(lines: string): void {
    for (const line of lines.split('\n')) {
      const [, series = '', fields = '', time = ''] = /^(presence_window,\S+) (.+) (\d+)$/.exec(line) ?? [];
      if (series === '') continue;
      this.#noteWindow(series, time, new Map(fields.split(',').map(pairOf)));
    }
  }

  #noteWindow(series: string, time: string, fields: Map<string, string>): void {
    const key = `${series} ${time}`;
    const token = Number.parseInt(fields.get('token') ?? '0', 10);
    const latest = this.#tokens.get(series) ?? 0;
    if (token < latest) this.stale.push(`${key}: token ${token} after ${latest}`);
    this.#tokens.set(series, Math.max(latest, token));
    fields.delete('token');
    const before = this.#windows.get(key);
    if (before !== undefined) {
      const differences = differencesOf(before.fields, fields);
      if (differences.length === 0) this.rewrittenSame += 1;
      else this.rewrittenOther.push(`${key}: ${differences.join(', ')}`);
    }
    this.#windows.set(key, { fields, token });
  }
}

function pairOf(field: string): [string, string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}

function differencesOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((name) => {
    const [one = '', other = ''] = [before.get(name), now.get(name)];
    const isSame = one === other || Math.abs(Number.parseFloat(one) - Number.parseFloat(other)) <= TOLERANCE;
    return isSame ? [] : [`${name} was ${one} and is ${other}`];
  });
}
