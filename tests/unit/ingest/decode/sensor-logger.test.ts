import { describe, expect, it } from 'vitest';
import type { PlatformState } from '../../../../src/domain/device.js';
import { decodeSensorLogger } from '../../../../src/ingest/decode/sensor-logger.js';
import { AUTO, accepted, deviceId, plain, RECEIVED_AT_MS, rawOf, WITH_PRESSURE } from './make-raw.js';

const nothingKnown = () => undefined;

const decode = (payload: unknown, overrides = {}, settings = AUTO, known?: PlatformState) =>
  decodeSensorLogger(rawOf('sensor-logger', payload, overrides), settings, () => known);

/** The example of the app's documentation, with its z-y-x order and a time beyond 2^53. */
const DOCUMENTED = `{"messageId": 0, "sessionId": "identifier", "deviceId": "identifier", "userId": "study",
 "payload": [
  {"name": "accelerometer", "time": 1698501144401773000, "values": {"z": 0.01, "y": -0.02, "x": 0.03}, "accuracy": 3},
  {"name": "location", "time": 1698501145514000000, "values": {"altitude": 0, "speedAccuracy": 0, "bearingAccuracy": 0,
   "latitude": 0, "altitudeAboveMeanSeaLevel": 0, "bearing": 0, "horizontalAccuracy": 0, "verticalAccuracy": 0,
   "longitude": 0, "speed": 0}}]}`;

/** The same as the app writes it: without blanks. */
const COMPACT = JSON.stringify(JSON.parse(DOCUMENTED));

const reading = (name: string, x: number, y: number, z: number) => ({
  name,
  time: 1_698_501_144_401_773_000,
  values: { z, y, x },
});
const message = (...payload: unknown[]) => ({ messageId: 5, sessionId: 's', deviceId: 'phone-7', payload });

describe(decodeSensorLogger, () => {
  it.each([
    ['as documented', DOCUMENTED],
    ['as sent', COMPACT],
  ])('decodes the example of the app, %s', (_how, payload) => {
    const decoded = accepted(decode(payload));
    expect(decoded.message).toMatchObject({
      device: 'identifier',
      receivedAtMs: RECEIVED_AT_MS,
      clock: 'epoch',
      clockZeroMs: undefined,
      session: 'identifier',
      sequence: 0,
    });
    expect(plain(decoded.message?.blocks)).toEqual({
      'linear-acceleration': { timesMs: [1_698_501_144_401.773], values: [0.03, -0.02, 0.01] },
    });
    expect([...decoded.ignored]).toEqual([['location', 1]]);
    expect(decoded.platform?.info).toEqual({ name: 'android', from: 'detected' });
  });

  it('decodes a message recorded from a phone', () => {
    const decoded = accepted(
      decode(
        '{"messageId":36,"sessionId":"c5241337-…","deviceId":"7d1c0bff","payload":[{"name":"barometer","values":{"relativeAltitude":0,"pressure":994.28662109375},"accuracy":3,"time":1658038822740147200}]}',
      ),
    );
    expect(decoded.message).toMatchObject({
      device: '7d1c0bff',
      sequence: 36,
      session: 'c5241337-…',
      blocks: [],
    });
    expect([...decoded.ignored]).toEqual([['barometer', 1]]);
  });

  it('gives air pressure where something uses it', () => {
    const entry = { name: 'barometer', time: 1_000_000_000, values: { pressure: 994, relativeAltitude: 0 } };
    const decoded = accepted(decode(message(entry), {}, WITH_PRESSURE));
    expect(plain(decoded.message?.blocks)).toEqual({
      barometer: { timesMs: [1000], values: [99_400, 0, 0] },
    });
    expect(decoded.ignored.size).toBe(0);
  });

  it('names the device by deviceId unless the topic did', () => {
    const payload = message(reading('gyroscope', 1, 2, 3));
    expect(accepted(decode(payload)).device).toBe('phone-7');
    expect(accepted(decode(payload, { device: deviceId('topic-1') })).message?.device).toBe('topic-1');
  });

  it.each(['a+b', 'a/b', '#', '..', '', 'x'.repeat(10_240), 7, null, undefined])(
    'refuses the deviceId %j where the topic names no device',
    (id) => {
      const payload = { ...message(reading('gyroscope', 1, 2, 3)), deviceId: id };
      expect(decode(payload)).toMatchObject({ ok: false, reason: 'bad-device' });
      expect(decode(payload, { device: deviceId('topic-1') }).ok).toBe(true);
    },
  );

  it('answers a test message without taking it for data', () => {
    const payload = {
      messageId: 0,
      sessionId: 's',
      deviceId: 'phone-7',
      payload: [{ name: 'test', time: 1 }],
    };
    expect(accepted(decode(payload))).toMatchObject({ device: 'phone-7', isTest: true, message: undefined });
  });

  it('hands camera entries over as frames, at their own time or that of arrival', () => {
    const image = Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64');
    const { frames, message: decoded } = accepted(
      decode(
        message(
          { name: 'camera', time: 1_698_501_144_401_773_000, image, imageFormat: 'jpg' },
          { name: 'camera', values: { image } },
          reading('gyroscope', 1, 2, 3),
        ),
      ),
    );
    expect(frames.map(({ device, timeMs }) => [device, timeMs])).toEqual([
      ['phone-7', 1_698_501_144_401.773],
      ['phone-7', RECEIVED_AT_MS],
    ]);
    expect(decoded?.blocks.length).toBe(1);
  });

  describe('settles the convention', () => {
    const IPHONE = message(
      reading('accelerometer', 0.5, 0, 0),
      reading('gravity', 0, 0, -9.8),
      reading('accelerometeruncalibrated', 0.05, 0, -1),
      reading('gyroscope', 1, 2, 3),
    );
    const SI = {
      'linear-acceleration': { timesMs: [1_698_501_144_401.773], values: [-0.5, -0, -0] },
      gravity: { timesMs: [1_698_501_144_401.773], values: [-0, -0, 9.8] },
      accelerometer: { timesMs: [1_698_501_144_401.773], values: [-0.49033, -0, 9.80665] },
      gyroscope: { timesMs: [1_698_501_144_401.773], values: [1, 2, 3] },
    };

    it('by the device setting first', () => {
      const decoded = accepted(decode(IPHONE, {}, { platformOf: () => 'android' }));
      expect(decoded.platform?.info).toEqual({ name: 'android', from: 'declared' });
      expect(plain(decoded.message?.blocks)['gravity']?.values).toEqual([0, 0, -9.8]);
    });

    it('by the magnitude of gravity in the uncalibrated acceleration', () => {
      const decoded = accepted(decode(IPHONE));
      expect(decoded.platform?.info).toEqual({ name: 'ios', from: 'detected' });
      expect(plain(decoded.message?.blocks)).toEqual(SI);
    });

    it('by what is known, when the message says nothing', () => {
      const known: PlatformState = { info: { name: 'ios', from: 'detected' }, certainty: 4 };
      const decoded = accepted(decode(message(reading('gravity', 0, 0, -9.8)), {}, AUTO, known));
      expect(decoded.platform).toEqual(known);
      expect(plain(decoded.message?.blocks)['gravity']?.values).toEqual([-0, -0, 9.8]);
    });

    it('by assuming Android, and says so', () => {
      const decoded = accepted(decode(message(reading('gravity', 0, 0, 9.8))));
      expect(decoded.platform?.info).toEqual({ name: 'android', from: 'assumed' });
    });
  });

  it('passes on why a message cannot be read', () => {
    expect(decodeSensorLogger(rawOf('sensor-logger', 'hello'), AUTO, nothingKnown)).toMatchObject({
      ok: false,
      reason: 'not-json',
    });
  });
});
