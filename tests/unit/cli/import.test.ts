import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createImportCommand } from '../../../src/cli/import.js';
import {
  EXPORT_START_MS,
  phyphoxCsv,
  sensorLoggerAnnotations,
  sensorLoggerCsv,
  sensorLoggerMetadata,
  zipOf,
} from '../../helpers/app-exports.js';
import { cliContext, type TestContext } from '../../helpers/cli-context.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';

const GYROSCOPE = sensorLoggerCsv(10, [1, 2, 3]);
const METADATA = sensorLoggerMetadata('android', 'false');

interface World extends TemporaryFolder {
  readonly exports: string;
  readonly out: string;
  readonly context: TestContext;
  run(...args: readonly string[]): Promise<string>;
}

/** Exports as files below a folder, and the command to import them. */
async function worldOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<World> {
  const folder = await temporaryFolder();
  const [exports, out] = [join(folder.path, 'exports'), join(folder.path, 'recordings')];
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(exports, name, '..'), { recursive: true });
    await writeFile(join(exports, name), content);
  }
  const context = cliContext();
  return {
    path: folder.path,
    exports,
    out,
    context,
    // Gives what it failed with.
    run: async (path = '', ...args) => {
      const argv = [join(exports, path), '--out', out, ...args];
      const command = createImportCommand(context)
        .exitOverride()
        .configureOutput({ writeErr: () => undefined });
      return await command.parseAsync(argv, { from: 'user' }).then(() => '', String);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('alongside import', () => {
  it('makes one recording of each export in a folder, and names what it leaves', async () => {
    await using world = await worldOf({
      'ann 🏃.zip': zipOf({ 'Gyroscope.csv': GYROSCOPE, 'Metadata.csv': METADATA }),
      'bob/Gyroscope.csv': GYROSCOPE,
      'bob/Metadata.csv': 'version,device name,platform\n3,🏃🏃,ios\n',
      'notes.csv': 'day,words\n',
    });
    expect(await world.run('', '--json')).toBe('');
    const devices = world.context.lines.map((line) => JSON.parse(line).device);
    expect(devices).toEqual(['Anna-s-phone', 'Sensor-Logger']);
    expect(world.context.notes).toContain(`${join(world.exports, 'notes.csv')} left out: no app's export`);
    expect((await readdir(world.out)).map((name) => name.split('-2026')[0])).toEqual([
      '=anna-s-phone',
      '=sensor-=logger',
    ]);
  });

  it('keeps the others when one cannot be read, and leaves nothing half written', async () => {
    const logger = { 'Gyroscope.csv': GYROSCOPE, 'Metadata.csv': METADATA };
    await using world = await worldOf({
      'bad/Gyroscope.csv': 'time,seconds_elapsed,z\n1,0,1\n',
      'good.zip': zipOf(logger),
      'same/again.zip': zipOf(logger),
    });
    const failure = await world.run('', '--replace');
    expect(failure).toBe('GatewayError: 2 of 3 exports were not imported, for the reasons above');
    expect(world.context.notes.slice(-2)).toEqual([
      expect.stringMatching(
        /bad: bad\/Gyroscope\.csv: needs the columns time, x, y and z; it has time, seconds_elapsed, z/,
      ),
      expect.stringMatching(/again\.zip: another export of Anna-s-phone begins at the same time/),
    ]);
    expect(await readdir(world.out)).toHaveLength(1);
  });

  it('says of the only export what is wrong with it, and makes no folder', async () => {
    await using world = await worldOf({ 'Barometer.csv': 'time,seconds_elapsed,pressure\n1,0,1013\n' });
    expect(await world.run()).toBe(
      "GatewayError: the export holds no sample of a motion sensor (Barometer.csv left out: none of the phone's motion streams)",
    );
    expect(await readdir(world.path)).toEqual(['exports']);
  });

  it('dates only one export by --start, and only in this age', async () => {
    const table = phyphoxCsv('Gyroscope', 'rad/s');
    await using world = await worldOf({ 'one/Raw Data.csv': table, 'two/Raw Data.csv': table });
    const startMs = String(EXPORT_START_MS);
    expect(await world.run('', '--start', startMs)).toContain('--start is of one export');
    expect(await world.run('one', '--start', String(EXPORT_START_MS / 1000))).toContain(
      'looks like epoch seconds',
    );
    expect(await world.run('one', '--start', startMs)).toBe('');
  });

  it('says in one line that it cannot write', async () => {
    await using world = await worldOf({ 'Gyroscope.csv': GYROSCOPE });
    await writeFile(world.out, 'a file');
    expect(await world.run()).toMatch(/^GatewayError: .*recordings.* cannot be read: ENOTDIR/);
  });

  it('takes as many annotations as a day of pressing a button gives', async () => {
    const said = Array.from({ length: 130_000 }, (_, index): [number, string] => {
      return [index / 1000, index % 2 === 0 ? 'alone' : 'conversation'];
    });
    await using world = await worldOf({
      'Gyroscope.csv': sensorLoggerCsv(6502, [1, 2, 3]),
      'Annotation.csv': sensorLoggerAnnotations(said),
    });
    expect(await world.run()).toBe('');
    const [name = ''] = await readdir(world.out);
    const { labels } = JSON.parse(await readFile(join(world.out, name, 'recording.json'), 'utf8'));
    expect(labels).toHaveLength(130_000);
    expect(labels[1]).toMatchObject({ fromMs: 1, accompanied: true, conversation: true });
  });
});
