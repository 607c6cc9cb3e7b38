import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../src/domain/recording.js';
import { listRecordings, readRecording } from '../../../src/recordings/read-recording.js';
import type { Recorder } from '../../../src/recordings/recorder.js';
import {
  expireRecordings,
  recordingsOf,
  removeRecording,
} from '../../../src/recordings/recordings-folder.js';
import { BEGIN_MS, block, PHONE, recorderWorld } from '../../helpers/recorder-world.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const SECOND_MS = 1000;

async function recordingsIn(folder: string): Promise<Recording[]> {
  return await Promise.all((await listRecordings(folder)).map(readRecording));
}

/** Epoch times of a sensor's samples, milliseconds. */
function timesOf(recording: Recording | undefined, sensor = 'accelerometer'): number[] {
  const found = recording?.sensors.find(({ name }) => name === sensor);
  return Array.from(found?.samples.timesMs ?? [], (timeMs) => timeMs + (recording?.startMs ?? Number.NaN));
}

const timesFrom = (fromMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => fromMs + index * 20);

describe('Recorder', () => {
  it('writes what a device sends in the recording format', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    await using recorder = await world.open();
    recorder.take(PHONE, [block(BEGIN_MS, 100), block(BEGIN_MS + 3, 50, 'gyroscope')], BEGIN_MS);
    await recorder.flush(BEGIN_MS + 61 * SECOND_MS);

    const [recording] = await recordingsIn(folder.path);
    expect(recording).toMatchObject({ subject: 'wearer of phone', device: 'phone', startMs: BEGIN_MS });
    expect(recording?.sensors.map(({ name, unit, gravity }) => ({ name, unit, gravity }))).toEqual([
      { name: 'accelerometer', unit: 'm/s2', gravity: true },
      { name: 'gyroscope', unit: 'rad/s', gravity: undefined },
    ]);
    expect(timesOf(recording)).toEqual(timesFrom(BEGIN_MS, 100));
    expect(recording?.sensors[0]?.nominalRateHz).toBe(50);
    expect([...(recording?.sensors[0]?.samples.values.slice(3, 6) ?? [])]).toEqual([
      Math.fround(0.02),
      1,
      -1,
    ]);
    expect(world.fates).toEqual({ written: 150 });
  });

  it('puts messages that come out of order into the order of time, and leaves out what came twice', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    await using recorder = await world.open();
    recorder.take(PHONE, [block(BEGIN_MS + 400, 20)], BEGIN_MS);
    recorder.take(PHONE, [block(BEGIN_MS, 20)], BEGIN_MS);
    recorder.take(PHONE, [block(BEGIN_MS, 20)], BEGIN_MS);
    await recorder.flush(BEGIN_MS + 61 * SECOND_MS);
    expect(timesOf((await recordingsIn(folder.path))[0])).toEqual(timesFrom(BEGIN_MS, 40));
    expect(world.fates).toEqual({ written: 40, late: 20 });
  });

  it('begins another recording when the clock was set back, and finishes the one before', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    await using recorder = await world.open();
    const ahead = BEGIN_MS + 3_600_000;
    recorder.take(PHONE, [block(ahead, 100)], BEGIN_MS);
    await recorder.flush(BEGIN_MS);
    recorder.take(PHONE, [block(ahead + 2000, 50)], BEGIN_MS);
    recorder.clockSetBack(PHONE);
    recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
    await recorder.flush(BEGIN_MS + 61 * SECOND_MS);
    const times = (await recordingsIn(folder.path)).map((recording) => timesOf(recording));
    expect(times.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([
      timesFrom(BEGIN_MS, 100),
      timesFrom(ahead, 150),
    ]);
    expect(world.fates).toEqual({ written: 250 });
    expect(world.failures).toEqual([]);
  });

  it('can be read while it is being written, and when the process was killed in the middle of a line', async () => {
    await using folder = await temporaryFolder();
    await using recorder = await recorderWorld(folder.path).open();
    recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
    await recorder.flush(BEGIN_MS);
    recorder.take(PHONE, [block(BEGIN_MS + 2000, 500)], BEGIN_MS);
    await recorder.flush(BEGIN_MS);
    const [path = ''] = await listRecordings(folder.path);
    const file = join(path, 'accelerometer.csv.gz');
    const { length } = await readFile(file);
    const whole = timesOf(await readRecording(path));
    expect(whole.length).toBeGreaterThan(500);

    await truncate(file, length - 300);
    const cut = timesOf(await readRecording(path));
    expect(cut.length).toBeGreaterThan(50);
    expect(cut.length).toBeLessThan(whole.length);
    expect(cut).toEqual(whole.slice(0, cut.length));
    await truncate(file, 0);
    expect(timesOf(await readRecording(path))).toEqual([]);
  });

  it('goes on after a kill where what is whole ends, without a sample twice', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    {
      await using first = await world.open();
      first.take(PHONE, [block(BEGIN_MS, 400)], BEGIN_MS);
      await first.flush(BEGIN_MS);
    }
    const [path = ''] = await listRecordings(folder.path);
    await truncate(join(path, 'accelerometer.csv.gz'), 1500);

    await using second = await world.open(BEGIN_MS + 10_000);
    // The journal gives what was not written again, from before the cut.
    second.take(PHONE, [block(BEGIN_MS, 500)], BEGIN_MS + 10_000);
    await second.flush(BEGIN_MS + 80_000);
    const recordings = await recordingsIn(folder.path);
    expect(recordings).toHaveLength(1);
    expect(timesOf(recordings[0])).toEqual(timesFrom(BEGIN_MS, 500));
    expect(world.failures).toEqual([]);
  });

  it('leaves at a stop what the next start goes on with', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    {
      await using recorder = await world.open();
      recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
      await recorder.label({ device: PHONE, ...openLabel(BEGIN_MS) }, BEGIN_MS);
    }
    await using next = await world.open(BEGIN_MS + 5000);
    next.take(PHONE, [block(BEGIN_MS + 5000, 100)], BEGIN_MS + 5000);
    await next.flush(BEGIN_MS + 80_000);
    const [recording, ...others] = await recordingsIn(folder.path);
    expect(others).toEqual([]);
    expect(timesOf(recording)).toEqual([...timesFrom(BEGIN_MS, 100), ...timesFrom(BEGIN_MS + 5000, 100)]);
    expect(recording?.labels).toMatchObject([{ accompanied: true }]);
  });

  it('begins another recording after a silence, and after the longest span', async () => {
    await using folder = await temporaryFolder();
    await using recorder = await recorderWorld(folder.path, { maxSpanMs: 10_000 }).open();
    for (const fromMs of [0, 2000, 100_000, 105_000, 111_000]) {
      recorder.take(
        PHONE,
        [block(BEGIN_MS + fromMs, 50), block(BEGIN_MS + fromMs, 50, 'gyroscope')],
        BEGIN_MS,
      );
      await recorder.flush(BEGIN_MS);
    }
    await recorder.flush(BEGIN_MS + 80_000);
    const recordings = await recordingsIn(folder.path);
    const starts = recordings.map((recording) => recording.startMs - BEGIN_MS);
    expect(starts).toHaveLength(3);
    expect(starts[0]).toBe(0);
    expect(recordings.flatMap((recording) => timesOf(recording))).toHaveLength(250);
    for (const recording of recordings) expect(timesOf(recording, 'gyroscope')).toEqual(timesOf(recording));
  });

  it('notes where the device is worn, and begins another recording when it is worn elsewhere', async () => {
    await using folder = await temporaryFolder();
    let worn: 'chest' | 'wrist' | undefined;
    const world = recorderWorld(folder.path, { placementOf: () => worn });
    const record = async (recorder: Recorder, second: number) => {
      const fromMs = BEGIN_MS + second * SECOND_MS;
      recorder.take(PHONE, [block(fromMs, 50)], fromMs);
      await recorder.flush(fromMs + 2 * SECOND_MS);
    };
    {
      await using recorder = await world.open();
      await record(recorder, 0);
      worn = 'chest';
      await record(recorder, 3);
    }
    await using later = await world.open();
    await record(later, 6);
    worn = 'wrist';
    await record(later, 9);
    const recordings = await recordingsIn(folder.path);
    expect(recordings.map((recording) => [recording.placement, timesOf(recording).length])).toEqual([
      [undefined, 50],
      ['chest', 100],
      ['wrist', 50],
    ]);
  });

  it('stops at the largest size, counts what it refuses, and goes on once there is room', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path, { maxBytes: 4000 });
    await using recorder = await world.open();
    for (let second = 0; second < 40; second++) {
      recorder.take(PHONE, [block(BEGIN_MS + second * 1000, 50)], BEGIN_MS);
      await recorder.flush(BEGIN_MS);
    }
    expect(world.full).toHaveLength(1);
    expect(world.full[0]).toBeGreaterThanOrEqual(4000);
    expect(world.full[0]).toBeLessThan(6000);
    expect(world.fates.refused).toBeGreaterThan(500);
    expect((world.fates.refused ?? 0) + (world.fates.written ?? 0)).toBe(39 * 50);

    await recorder.flush(BEGIN_MS + 80_000);
    expect(await expireRecordings(folder.path, BEGIN_MS + 3_600_000)).toBe(1);
    await recorder.recount();
    expect(recorder.bytes).toBe(0);
    const before = world.fates.written ?? 0;
    recorder.take(PHONE, [block(BEGIN_MS + 200_000, 50)], BEGIN_MS + 200_000);
    await recorder.flush(BEGIN_MS + 280_000);
    expect(world.fates.written).toBe(before + 50);
  });

  it('counts samples that are no numbers, and a second accelerometer of another unit', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    await using recorder = await world.open();
    const broken = block(BEGIN_MS, 10);
    broken.values[4] = Number.NaN;
    broken.timesMs[9] = Number.NaN;
    recorder.take(PHONE, [broken, block(BEGIN_MS, 5, 'accelerometer-raw')], BEGIN_MS);
    await recorder.flush(BEGIN_MS + 61_000);
    expect(world.fates).toEqual({ written: 8, invalid: 7 });
  });

  it('records nobody who was not asked for', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path, { isRecorded: () => false });
    await using recorder = await world.open();
    recorder.take(PHONE, [block(BEGIN_MS, 10)], BEGIN_MS);
    expect(await recorder.label({ device: PHONE, ...openLabel(BEGIN_MS) }, BEGIN_MS)).toBe(false);
    await recorder.flush(BEGIN_MS + 61_000);
    expect(await readdir(folder.path)).toEqual([]);
    expect(world.labels).toEqual(['not-recorded']);
  });

  it('lays labels over the recording, whether they come before, with or after its samples', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    await using recorder = await world.open();
    expect(await recorder.label({ device: PHONE, ...openLabel(BEGIN_MS) }, BEGIN_MS)).toBe(true);
    recorder.take(PHONE, [block(BEGIN_MS - 500, 300)], BEGIN_MS + 3000);
    await recorder.flush(BEGIN_MS + 3000);
    await recorder.label({ device: PHONE, ...openLabel(BEGIN_MS + 2000, false) }, BEGIN_MS + 2000);
    await recorder.flush(BEGIN_MS + 80_000);
    const past = { ...openLabel(BEGIN_MS + 500, null), toMs: BEGIN_MS + 1000 };
    expect(await recorder.label({ device: PHONE, ...past }, BEGIN_MS + 100_000)).toBe(true);

    const [recording] = await recordingsIn(folder.path);
    const startMs = recording?.startMs ?? 0;
    expect(timesOf(recording)[0]).toBe(BEGIN_MS - 500);
    expect(
      recording?.labels.map(({ fromMs, toMs, accompanied }) => [
        fromMs + startMs - BEGIN_MS,
        toMs + startMs - BEGIN_MS,
        accompanied,
      ]),
    ).toEqual([
      [0, 500, true],
      [500, 1000, null],
      [1000, 2000, true],
      [2000, 5480, false],
    ]);
  });

  it('says of a label for which there is no recording that it was not kept', async () => {
    await using folder = await temporaryFolder();
    await using recorder = await recorderWorld(folder.path).open();
    const past = { ...openLabel(BEGIN_MS - 10_000_000), toMs: BEGIN_MS - 9_000_000 };
    expect(await recorder.label({ device: PHONE, ...past }, BEGIN_MS)).toBe(false);
    // It held for ten minutes at most, and that was days ago.
    expect(await recorder.label({ device: PHONE, ...openLabel(BEGIN_MS - 200_000_000) }, BEGIN_MS)).toBe(
      false,
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('appends labels, and has them in the header once the recording is at rest', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    {
      await using recorder = await world.open();
      recorder.take(PHONE, [block(BEGIN_MS, 500)], BEGIN_MS + 10_000);
      await recorder.flush(BEGIN_MS + 20_000);
      const [path = ''] = await listRecordings(folder.path);
      const before = await stat(join(path, 'recording.json'));
      const sizes: number[] = [];
      for (let count = 0; count < 40; count++) {
        const said = {
          ...openLabel(BEGIN_MS + count * 100, count % 2 === 0),
          toMs: BEGIN_MS + count * 100 + 100,
        };
        await recorder.label({ device: PHONE, ...said }, BEGIN_MS + 20_000);
        sizes.push((await stat(join(path, 'labels.ndjson'))).size);
      }
      expect((await stat(join(path, 'recording.json'))).ino).toBe(before.ino);
      const steps = sizes.map((size, index) => size - (sizes[index - 1] ?? 0));
      expect(Math.max(...steps)).toBeLessThan(2 * Math.min(...steps));
      expect((await readRecording(path)).labels).toHaveLength(40);
    }
    const [path = ''] = await listRecordings(folder.path);
    expect(await readdir(path)).not.toContain('labels.ndjson');
    expect(JSON.parse(await readFile(join(path, 'recording.json'), 'utf8'))).toMatchObject({
      labels: Array.from({ length: 40 }, (_, count) => ({
        fromMs: count * 100,
        accompanied: count % 2 === 0,
      })),
    });
  });

  it('keeps labels of a finished recording over a kill, and a line that was cut short harms no other', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    const recorder = await world.open();
    recorder.take(PHONE, [block(BEGIN_MS, 500)], BEGIN_MS + 10_000);
    await recorder.flush(BEGIN_MS + 100_000);
    const [path = ''] = await listRecordings(folder.path);
    const said = (fromMs: number) => ({ device: PHONE, ...openLabel(fromMs), toMs: fromMs + 500 });
    await recorder.label(said(BEGIN_MS), BEGIN_MS + 100_000);
    await appendFile(join(path, 'labels.ndjson'), '{"fromMs":');
    await recorder.label(said(BEGIN_MS + 1000), BEGIN_MS + 100_000);
    // The process ends here.
    expect((await readRecording(path)).labels.map(({ fromMs }) => fromMs)).toEqual([0, 1000]);

    const next = await world.open();
    await next.label(said(BEGIN_MS + 2000), BEGIN_MS + 100_000);
    await next.flush(BEGIN_MS + 100_000);
    expect(await readdir(path)).not.toContain('labels.ndjson');
    const header = await readFile(join(path, 'recording.json'), 'utf8');
    expect(JSON.parse(header)).toMatchObject({ labels: [{ fromMs: 0 }, { fromMs: 1000 }, { fromMs: 2000 }] });
  });

  it('does not say that a label was kept when it cannot be written, and keeps it once it can', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    await using recorder = await world.open();
    const said = { device: PHONE, ...openLabel(BEGIN_MS) };
    recorder.take(PHONE, [block(BEGIN_MS, 500)], BEGIN_MS + 10_000);
    await recorder.flush(BEGIN_MS + 20_000);
    const [path = ''] = await listRecordings(folder.path);
    await mkdir(join(path, 'labels.ndjson'));
    await expect(recorder.label(said, BEGIN_MS + 20_000)).rejects.toMatchObject({
      code: 'RECORDING_UNAVAILABLE',
      retryable: true,
    });
    expect(world.labels).toEqual(['failed']);
    await rm(join(path, 'labels.ndjson'), { recursive: true });
    expect((await readRecording(path)).labels).toEqual([]);
    expect(await recorder.label(said, BEGIN_MS + 20_000)).toBe(true);
    expect((await readRecording(path)).labels).toHaveLength(1);
  });

  it('keeps devices apart whose names are alike, and recordings that begin at the same time', async () => {
    await using folder = await temporaryFolder();
    const names = ['p:1', 'p_1', 'P_1', 'p.1.', 'con'].map(deviceId);
    for (const round of [0, 1]) {
      await using recorder = await recorderWorld(folder.path).open();
      for (const device of names) recorder.take(device, [block(BEGIN_MS, 100 + round)], BEGIN_MS);
      await recorder.flush(BEGIN_MS + 5000);
      await recorder.flush(BEGIN_MS + 100_000);
    }
    const recordings = await recordingsIn(folder.path);
    expect(recordings.map(({ device }) => device).sort()).toEqual([...names, ...names].sort());
    const folders = (await readdir(folder.path)).map((name) => name.toLowerCase());
    expect(new Set(folders).size).toBe(10);
    for (const path of await recordingsOf(deviceId('p:1'), folder.path)) await removeRecording(path);
    expect(await recordingsOf(deviceId('p_1'), folder.path)).toHaveLength(2);
  });

  it('finds a recording that only a link leads to, and removes its files', async () => {
    await using folder = await temporaryFolder();
    await using elsewhere = await temporaryFolder();
    {
      await using recorder = await recorderWorld(elsewhere.path).open();
      recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
    }
    const [path = ''] = await listRecordings(elsewhere.path);
    await symlink(path, join(folder.path, 'linked'));
    for (const found of await recordingsOf(PHONE, folder.path)) await removeRecording(found);
    expect(await readdir(folder.path)).toEqual([]);
    expect(await listRecordings(elsewhere.path)).toEqual([]);
  });

  it('lets go of a device without waiting for its end', async () => {
    await using folder = await temporaryFolder();
    await using recorder = await recorderWorld(folder.path).open();
    recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
    await recorder.flush(BEGIN_MS);
    expect(recorder.holds(PHONE)).toBe(true);
    await recorder.forget(PHONE);
    expect(recorder.holds(PHONE)).toBe(false);
    expect(recorder.unwrittenFromMs(PHONE)).toBe(Number.POSITIVE_INFINITY);
  });

  it('goes on with others when one device cannot be written, and tries that again', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(join(folder.path, 'recordings'));
    await using recorder = await world.open();
    await writeFile(join(folder.path, 'recordings'), 'in the way');
    recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
    await recorder.flush(BEGIN_MS + 5000);
    expect(world.failures).toHaveLength(1);
    expect(world.fates).toEqual({});
    await rm(join(folder.path, 'recordings'));
    await recorder.flush(BEGIN_MS + 61_000);
    expect(world.fates).toEqual({ written: 100 });
  });

  it('leaves alone an unfinished recording that cannot be read, and says so', async () => {
    await using folder = await temporaryFolder();
    const world = recorderWorld(folder.path);
    {
      await using recorder = await world.open();
      recorder.take(PHONE, [block(BEGIN_MS, 100)], BEGIN_MS);
    }
    const [path = ''] = await listRecordings(folder.path);
    await writeFile(join(path, 'accelerometer.csv.gz'), 'no gzip at all');
    await appendFile(join(path, 'accelerometer.csv.gz'), '\n');
    await using _next = await world.open(BEGIN_MS + 5000);
    expect(String(world.failures[0])).toContain('accelerometer.csv.gz');
    expect(await readFile(join(path, 'accelerometer.csv.gz'), 'utf8')).toContain('no gzip');
  });
});

function openLabel(fromMs: number, accompanied: boolean | null = true) {
  return { fromMs, toMs: undefined, activity: null, accompanied, conversation: null };
}
