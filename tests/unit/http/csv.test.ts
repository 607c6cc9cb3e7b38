import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, wantsCsv } from '../../../src/http/csv.js';
import {
  createHttpFixture,
  deviceInfo,
  NOW_MS,
  PHONE,
  sequenceModel,
  storedWindow,
} from '../../helpers/http-fixture.js';

/** Reads one line of RFC 4180. */
function readLine(line: string): string[] {
  const cells = [...`,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

describe(csvLine, () => {
  it('gives back any text, with a sign before what a spreadsheet would run', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 5 }), (cells) => {
        const line = csvLine(cells);
        expect(line.endsWith('\r\n')).toBe(true);
        const safe = cells.map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell));
        expect(readLine(line)).toEqual(safe);
      }),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('never begins a text as a formula: %j', (text) => {
    expect(readLine(csvLine([text, 1]))[0]).toBe(`'${text}`);
  });

  it('writes numbers as they are and leaves cells empty', () => {
    expect(csvLine([-1.5, 0, true, null, undefined, 'a,"b"\n'])).toBe('-1.5,0,true,,,"a,""b""\n"\r\n');
  });
});

describe(wantsCsv, () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['text/csv', true],
    ['text/csv; q=0', false],
    ['application/json, text/csv;q=0.5', false],
    ['text/csv;q=0.9, application/json;q=0.5', true],
  ])('of %j is %s', (accept, wanted) => {
    expect(wantsCsv({ headers: { accept } }, undefined)).toBe(wanted);
  });

  it('follows the query before the header', () => {
    expect(wantsCsv({ headers: { accept: 'text/csv' } }, 'json')).toBe(false);
    expect(wantsCsv({ headers: {} }, 'csv')).toBe(true);
  });
});

const activity = {
  name: 'activity',
  output: 'activity',
  threshold: 0.5,
  classes: ['seated', 'walking', 'turning'],
};
const BASE = '/v1/devices/phone-1';

describe('tables', () => {
  it('hold every window, with a column a probability', async () => {
    const models = [sequenceModel(), sequenceModel({ name: 'activity', targets: [activity] })];
    await using fixture = await createHttpFixture({ devices: [deviceInfo()], models });
    const windows = Array.from({ length: 2500 }, (_, index) =>
      storedWindow({ endMs: NOW_MS - 3_000_000 + index * 1000 }),
    );
    fixture.store.windowList.push(...windows);
    const probabilities = { 'activity.walking': 0.75, old: 0.5 };
    fixture.store.windowList.push(storedWindow({ endMs: NOW_MS - 1000, model: 'activity', probabilities }));
    const response = await fixture.app.inject({ url: `${BASE}/windows`, headers: { accept: 'text/csv' } });
    expect(response.headers['content-type']).toMatch(/^text\/csv/);
    expect(response.headers['content-disposition']).toBe('attachment; filename="windows-phone-1.csv"');
    const [header = '', ...lines] = response.body.trimEnd().split('\r\n');
    expect(header).toBe(
      'start_utc,end_utc,device,model,coverage,mean_delta_ms,max_delta_ms,probability_accompanied,probability_conversation,' +
        'probability_activity.seated,probability_activity.walking,probability_activity.turning,other_probabilities',
    );
    expect(lines).toHaveLength(2501);
    expect(lines.at(-1)).toBe(
      '2026-01-31T11:59:56.440Z,2026-01-31T11:59:59.000Z,phone-1,activity,0.98,2.5,9.75,,,,0.75,,old 0.5',
    );
    const two = await fixture.app.inject(`${BASE}/windows?format=csv&limit=2`);
    expect(two.body.trimEnd().split('\r\n')).toHaveLength(3);
  });

  it('hold intervals with the reason and the classes', async () => {
    const reason = { code: 'silence', text: 'Nothing, "nothing" comes.' } as const;
    const unknown = {
      target: 'activity',
      status: 'unknown',
      confidence: 0,
      sinceMs: NOW_MS - 1000,
      reason,
    } as const;
    const models = [sequenceModel({ targets: [activity] })];
    await using fixture = await createHttpFixture({ devices: [deviceInfo()], models, unknown: [unknown] });
    for (const [ageMs, status] of [
      [3000, 'walking'],
      [1000, 'unknown'],
    ] as const) {
      fixture.store.statusList.push({
        device: PHONE,
        target: 'activity',
        atMs: NOW_MS - ageMs,
        status,
        confidence: 0.5,
      });
    }
    const { body } = await fixture.app.inject(`${BASE}/timeline?target=activity&format=csv`);
    const classes = 'seated | walking | turning | unknown';
    expect(body.split('\r\n')).toEqual([
      'from_utc,to_utc,duration_s,device,target,status,confidence,reason,reason_text,label,classes',
      `2026-01-31T11:59:57.000Z,2026-01-31T11:59:59.000Z,2,phone-1,activity,walking,0.5,,,,${classes}`,
      `2026-01-31T11:59:59.000Z,2026-01-31T12:00:00.000Z,1,phone-1,activity,unknown,0.5,silence,"Nothing, ""nothing"" comes.",,${classes}`,
      '',
    ]);
  });

  it('hold what people said, of one device and in a range', async () => {
    const said = { activity: '=cmd', accompanied: true, conversation: null, with: ['=ben', 'cleo'] };
    const label = { fromMs: 0, toMs: 60_000, ...said };
    const header = {
      id: 'r1',
      subject: 's',
      device: 'phone-1',
      start: '2026-01-31T11:00:00.000Z',
      complete: true,
      sensors: {},
      labels: [label, { ...label, fromMs: -90_000_000, toMs: -89_000_000 }],
    };
    const other = { ...header, device: 'other' };
    const recordings = [header, other].map((one) => ({ path: '', bytes: 0, header: one }));
    await using fixture = await createHttpFixture({ devices: [deviceInfo()], recordings });
    const json = (await fixture.app.inject(`${BASE}/labels`)).json();
    const fromMs = Date.UTC(2026, 0, 31, 11);
    expect(json.labels).toEqual([{ ...label, recording: 'r1', fromMs, toMs: fromMs + 60_000 }]);
    const { body } = await fixture.app.inject(`${BASE}/labels?format=csv`);
    expect(body.split('\r\n')[1]).toBe(
      "2026-01-31T11:00:00.000Z,2026-01-31T11:01:00.000Z,60,phone-1,'=cmd,yes,,r1,'=ben | cleo",
    );
  });

  it('are no tables but problems where something is wrong', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const response = await fixture.app.inject(`${BASE}/timeline?target=nothing&format=csv`);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toMatch(/problem\+json/);
    expect((await fixture.app.inject(`${BASE}/windows?format=xls`)).statusCode).toBe(400);
  });
});
