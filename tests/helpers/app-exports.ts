import { strToU8, zipSync } from 'fflate';

/** 2026-03-01T10:00:00Z, epoch milliseconds. */
export const EXPORT_START_MS = Date.UTC(2026, 2, 1, 10);

/** A zip file of texts and bytes. */
export function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const bytesOf = (content: string | Uint8Array) =>
    typeof content === 'string' ? strToU8(content) : content;
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [name, bytesOf(content)])),
  );
}

/** Sensor Logger's CSV of one sensor at 50 Hz, its columns in the app's order. */
export function sensorLoggerCsv(count: number, [x, y, z]: readonly [number, number, number]): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const timeNs = BigInt(EXPORT_START_MS + index * 20) * 1_000_000n;
    return `${timeNs},${index / 50},${z},${y},${x}`;
  });
  return ['time,seconds_elapsed,z,y,x', ...rows, ''].join('\n');
}

export function sensorLoggerMetadata(platform: string, standardisation: string): string {
  return [
    'version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,device id,sensors,sampleRateMs,standardisation,platform version',
    `3,"Anna’s phone",${EXPORT_START_MS},2026-03-01_10-00-00,Europe/Berlin,${platform},1.50,abc,Accelerometer|Gyroscope,0|0,${standardisation},17`,
    '',
  ].join('\n');
}

/** Sensor Logger's annotations, `[seconds, text]`. */
export function sensorLoggerAnnotations(said: readonly (readonly [number, string])[]): string {
  const rows = said.map(([seconds, text]) => {
    return `${BigInt(Math.round(EXPORT_START_MS + seconds * 1000)) * 1_000_000n},${seconds},"${text}",80`;
  });
  return ['time,seconds_elapsed,text,millisecond_press_duration', ...rows, ''].join('\n');
}

/** phyphox's `meta/time.csv`: started at second 0, paused at 1 for half a minute. */
export const PHYPHOX_TIME = [
  '"event","experiment time","system time","system time text"',
  `"START",0.000000000E0,${EXPORT_START_MS / 1000}.000,"2026-03-01 11:00:00.000 UTC+01:00"`,
  `"PAUSE",1.000000000E0,${EXPORT_START_MS / 1000 + 1}.000,"2026-03-01 11:00:01.000 UTC+01:00"`,
  `"START",1.000000000E0,${EXPORT_START_MS / 1000 + 31}.000,"2026-03-01 11:00:31.000 UTC+01:00"`,
  '',
].join('\n');

/** phyphox's CSV of one sensor at 50 Hz for two seconds, x being the experiment time. */
export function phyphoxCsv(title: string, unit: string, delimiter = ',', decimal = '.'): string {
  const number = (value: number): string =>
    value.toExponential(9).toUpperCase().replace('E+', 'E').replace('.', decimal);
  const columns = [
    'Time (s)',
    ...['x', 'y', 'z'].map((axis) => `${title} ${axis} (${unit})`),
    `Absolute (${unit})`,
  ];
  const rows = Array.from({ length: 100 }, (_, index) =>
    [index / 50, index / 50, 0, 9.81, 9.81].map(number).join(delimiter),
  );
  return [columns.map((column) => `"${column}"`).join(delimiter), ...rows, ''].join('\n');
}
