import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RejectedMessage } from '../../../../src/ingest/decode/outcome.js';
import type { SensorLoggerContent } from '../../../../src/ingest/decode/sensor-logger-content.js';
import { readSensorLogger } from '../../../../src/ingest/decode/sensor-logger-json.js';
import { scanSensorLogger } from '../../../../src/ingest/decode/sensor-logger-scan.js';
import { appMessages, damagedMessages, oddMessages } from './sensor-logger-messages.js';

/** Everything a reader found out, to the bit. */
function everythingIn(content: SensorLoggerContent | RejectedMessage): unknown {
  if ('ok' in content) return content;
  const { deviceId, session, sequence, hasAccuracy, isTest, invalidSamples, frames } = content;
  const blocks = content
    .build('android')
    .map(({ sensor, timesMs, values }) => [sensor, [...timesMs], [...values]]);
  const ignored = [...content.ignored.counts];
  return { deviceId, session, sequence, hasAccuracy, isTest, invalidSamples, frames, blocks, ignored };
}

function expectSameWhereScanned(text: string): void {
  const scanned = scanSensorLogger(Buffer.from(text));
  if (scanned === undefined) return;
  expect(everythingIn(scanned)).toEqual(everythingIn(readSensorLogger(Buffer.from(text))));
}

describe(scanSensorLogger, () => {
  it('takes every message that is written as the app does, and reads the same from it', () => {
    fc.assert(
      fc.property(appMessages, (text) => {
        fc.pre(!/\\|[^ -~]/.test(text));
        expect(scanSensorLogger(Buffer.from(text))).toBeDefined();
        expectSameWhereScanned(text);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the same from odd messages, or leaves them', () => {
    fc.assert(fc.property(oddMessages, expectSameWhereScanned), { numRuns: 1000 });
  });

  it('reads the same from damaged messages, or leaves them', () => {
    fc.assert(fc.property(damagedMessages, expectSameWhereScanned), { numRuns: 2000 });
  });

  it('leaves a message cut short at any byte', () => {
    const text =
      '{"messageId":1,"sessionId":"s","deviceId":"d","payload":[{"name":"gyroscope","time":1698501144401773000,' +
      '"values":{"z":0.1,"y":-2e-3,"x":3},"accuracy":3},{"name":"barometer","values":{"pressure":994.2},"time":1}]}';
    expect(scanSensorLogger(Buffer.from(text))).toBeDefined();
    for (let length = 0; length < text.length; length++) {
      expect(scanSensorLogger(Buffer.from(text.slice(0, length)))).toBeUndefined();
    }
  });

  it('reads a message that is part of a larger buffer, of any array type', () => {
    const text = '{"deviceId":"d","payload":[{"name":"gyroscope","time":1,"values":{"x":1,"y":2,"z":3}}]}';
    const bytes = new Uint8Array([...Buffer.from(`junk${text}123`)]);
    const scanned = scanSensorLogger(bytes.subarray(4, 4 + text.length));
    expect(scanned?.build('android')[0]?.values).toEqual(Float32Array.of(1, 2, 3));
  });
});
