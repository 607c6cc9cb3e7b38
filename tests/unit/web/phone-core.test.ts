import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCredentialName } from '../../../src/access/access-file.js';
import { decodeAlongside } from '../../../src/ingest/decode/alongside.js';
import { decodeLabels } from '../../../src/ingest/decode/labels.js';
import type { AddressedMessage } from '../../../src/ingest/decode/outcome.js';
import { hintAbout, linksOf, suggestId } from '../../../src/web/dashboard/join-links.js';
import { EpochClock } from '../../../src/web/phone/epoch-clock.js';
import { LABELS, labelPayload } from '../../../src/web/phone/labels.js';
import { SampleColumns, sensorPayload } from '../../../src/web/phone/sample-columns.js';
import { deviceId } from '../../helpers/make-results.js';

function raw(payload: string | Uint8Array): AddressedMessage {
  const device = deviceId('anna');
  const bytes = Buffer.from(payload);
  return { format: 'alongside', device, topic: 'alongside/anna/x', payload: bytes, receivedAtMs: 5000 };
}

describe(SampleColumns, () => {
  it('makes messages that the gateway takes', () => {
    const columns = new SampleColumns();
    columns.add('accelerometer', 1_792_000_000_000.123, [0.123456, 0, 9.81]);
    columns.add('accelerometer', 1_792_000_000_020, [0, 0, 9.8]);
    columns.add('gyroscope', 1_792_000_000_003, [0.1, 0.2, 0.3]);
    const sensors = columns.take();
    expect(sensors?.accelerometer).toEqual({
      unit: 'm/s2',
      timeMs: [1_792_000_000_000.1, 1_792_000_000_020],
      x: [0.1235, 0],
      y: [0, 0],
      z: [9.81, 9.8],
    });
    const outcome = decodeAlongside(raw(sensorPayload('s', 0, sensors ?? {})));
    expect(outcome).toMatchObject({ ok: true, invalidSamples: 0, message: { session: 's', sequence: 0 } });
    expect(outcome.ok && outcome.message?.blocks[0]).toEqual({
      sensor: 'accelerometer',
      timesMs: Float64Array.of(1_792_000_000_000.1, 1_792_000_000_020),
      values: Float32Array.of(0.1235, 0, 9.81, 0, 0, 9.8),
    });
    expect(columns.take()).toBeUndefined();
  });

  it('does not collect without end', () => {
    const columns = new SampleColumns();
    for (let index = 0; index < 5010; index++) columns.add('gyroscope', index, [0, 0, 0]);
    expect(columns.samples).toBe(5000);
    expect(columns.dropped).toBe(10);
  });
});

describe(EpochClock, () => {
  it('keeps its distance until a clock was set', () => {
    const clock = new EpochClock(1_000_000, 500);
    expect(clock.toEpoch(510)).toBe(1_000_010);
    expect(clock.compare(1_001_100, 1500)).toBe(false);
    expect(clock.toEpoch(1500)).toBe(1_001_000);
    expect(clock.compare(2_000_000, 1600)).toBe(true);
    expect(clock.toEpoch(1600)).toBe(2_000_000);
  });
});

it.each(LABELS)('the gateway understands the button $words', ({ name, accompanied, conversation }) => {
  const saidAtMs = Date.UTC(2026, 0);
  const message = { ...raw(labelPayload(name, saidAtMs)), receivedAtMs: saidAtMs };
  expect(decodeLabels(message)).toMatchObject({
    ok: true,
    labels: [{ fromMs: saidAtMs, toMs: undefined, accompanied, conversation }],
  });
});

describe(suggestId, () => {
  it.each([
    ['Anna Müller', 'Anna-Mueller'],
    ['  José’s phone ', 'Jose-s-phone'],
    ['Straße 5', 'Strasse-5'],
    ['anna', 'anna'],
    ['_a..b:', 'a.b'],
    ['电话', ''],
  ])('makes of %j the id %j', (name, id) => {
    expect(suggestId(name)).toBe(id);
  });

  it('makes ids that credentials can have, and leaves such ids as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const id = suggestId(name);
        if (id === '') return;
        expect(parseCredentialName(id)).toBe(id);
        expect(suggestId(id)).toBe(id);
      }),
    );
  });
});

describe(linksOf, () => {
  const invitation = { path: '/phone#t', addresses: ['https://192.168.1.5:8080'] };

  it('puts what a phone can reach first', () => {
    expect(linksOf(invitation, 'http://localhost:8080')).toEqual([
      'https://192.168.1.5:8080/phone#t',
      'http://localhost:8080/phone#t',
    ]);
    expect(linksOf(invitation, 'https://gateway.lan')[0]).toBe('https://gateway.lan/phone#t');
  });

  it('says what keeps a phone out', () => {
    expect(hintAbout('http://127.0.0.1:8080/phone')).toContain('http.host');
    expect(hintAbout('http://192.168.1.5:8080/phone')).toContain('http.tls');
    expect(hintAbout('https://192.168.1.5:8080/phone')).toBeUndefined();
  });
});
