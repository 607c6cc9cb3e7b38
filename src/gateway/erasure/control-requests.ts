import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ForgetReport } from '../../domain/erasable.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { GatewayError, isMissing, messageOf, undefinedIfMissing } from '../../shared/errors.js';
import { makeFolder, PRIVATE_FOLDER, watchFolders } from '../../shared/files.js';
import { every } from '../../shared/lifetime.js';

/**
 * What commands ask of a gateway that runs on the same data folder, by files: no port, no token, and who may write
 * there may do everything anyway. A request is `NAME.asked`; the gateway renames it to `NAME.taken`, which only one party
 * can do, and writes `NAME.done` or `NAME.failed`.
 */
export interface ControlRequestOptions {
  readonly dataDir: string;
  /** Resolves to `undefined` when there is no such device. */
  readonly forget: (device: DeviceId) => Promise<ForgetReport | undefined>;
  /** The folder could not be used; that is tried again. */
  readonly onFailed: (error: unknown) => void;
}

/** How often who has asked looks for an answer. */
const LOOK_MS = 300;
/** How often the gateway looks for requests where the file system does not tell of them. */
const POLL_MS = 1000;
/** A gateway that has started takes a request up within this time, also when it is busy. */
const TAKEN_WITHIN_MS = 5000;

const ASKED = /^([0-9a-f-]{36})\.asked$/;

const controlRequestSchema = z.object({ forget: z.string() });
const partSchema = z.object({ name: z.string(), removed: z.boolean(), detail: z.string() });
const reportSchema = z.object({ removed: z.boolean(), parts: z.array(partSchema) }).nullable();

/** Looks for requests and carries them out, one after the other. */
export function serveControlRequests({ dataDir, forget, onFailed }: ControlRequestOptions): AsyncDisposable {
  const folder = controlRequestFolder(dataDir);
  let tidied: Promise<void> | undefined;
  let watch: Disposable | undefined;
  const look = async (): Promise<void> => {
    tidied ??= tidy(folder);
    await tidied;
    watch ??= watchFolders([folder], () => looking.now());
    const files = await readdir(folder).catch(() => []);
    for (const file of files) {
      const [, name] = ASKED.exec(file) ?? [];
      if (name !== undefined) await run(join(folder, name), forget);
    }
  };
  const looking = every(POLL_MS, look, { onFailed });
  return {
    [Symbol.asyncDispose]: async () => {
      watch?.[Symbol.dispose]();
      await looking[Symbol.asyncDispose]();
    },
  };
}

/**
 * Asks the gateway that runs on a data folder to forget a device.
 *
 * @returns `no-gateway` when none answers there; the request is taken back
 * @throws GatewayError `STORE_UNAVAILABLE` when the gateway could not do it
 */
export async function askToForget(
  dataDir: string,
  device: DeviceId,
  signal: AbortSignal,
): Promise<ForgetReport | 'no-device' | 'no-gateway'> {
  const folder = controlRequestFolder(dataDir);
  await makeFolder(folder, PRIVATE_FOLDER);
  const path = join(folder, randomUUID());
  await writeFile(`${path}.asked.new`, JSON.stringify({ forget: device }), { mode: 0o600 });
  await rename(`${path}.asked.new`, `${path}.asked`);
  if (!(await isTaken(path, signal))) return 'no-gateway';
  const report = await resultOf(path, signal);
  return report === null ? 'no-device' : { device, ...report };
}

/** Where requests lie. */
export function controlRequestFolder(dataDir: string): string {
  return join(dataDir, 'errands');
}

/** Takes up what a gateway was doing when it was killed; answers that nobody has fetched name devices, and go. */
async function tidy(folder: string): Promise<void> {
  // So that it can be watched; what keeps it from being made keeps requests away, too.
  await makeFolder(folder, PRIVATE_FOLDER).catch(() => undefined);
  for (const file of await readdir(folder).catch(() => [])) {
    const path = join(folder, file);
    if (file.endsWith('.taken')) await rename(path, path.replace(/taken$/, 'asked'));
    if (/\.(done|failed|answer|withdrawn|forgetting\.new)$/.test(file)) await rm(path, { force: true });
  }
}

async function run(path: string, forget: ControlRequestOptions['forget']): Promise<void> {
  if (!(await renamed(`${path}.asked`, `${path}.taken`))) return;
  const [state, answer] = await answerOf(path, forget);
  await writeFile(`${path}.answer`, answer, { mode: 0o600 });
  await rename(`${path}.answer`, `${path}.${state}`);
  await rm(`${path}.taken`, { force: true });
}

async function answerOf(
  path: string,
  forget: ControlRequestOptions['forget'],
): Promise<['done' | 'failed', string]> {
  try {
    const { forget: text } = controlRequestSchema.parse(JSON.parse(await readFile(`${path}.taken`, 'utf8')));
    const device = parseDeviceId(text);
    if (device === undefined) throw new Error('it names no device');
    const report = await forget(device);
    return ['done', JSON.stringify(report === undefined ? null : reportSchema.parse(report))];
  } catch (error) {
    return ['failed', messageOf(error)];
  }
}

/** Waits for a gateway to take a request, and takes it back when none does: only one of the two can rename it. */
async function isTaken(path: string, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < TAKEN_WITHIN_MS; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (!(await exists(`${path}.asked`))) return true;
  }
  if (!(await renamed(`${path}.asked`, `${path}.withdrawn`))) return true;
  await rm(`${path}.withdrawn`);
  return false;
}

async function resultOf(path: string, signal: AbortSignal): Promise<z.infer<typeof reportSchema>> {
  for (;;) {
    const done = await readIfThere(`${path}.done`);
    const failed = done === undefined ? await readIfThere(`${path}.failed`) : undefined;
    if (done !== undefined) {
      await rm(`${path}.done`);
      return reportSchema.parse(JSON.parse(done));
    }
    if (failed !== undefined) {
      await rm(`${path}.failed`);
      throw new GatewayError('STORE_UNAVAILABLE', `the running gateway could not do it: ${failed}`);
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await readIfThere(path)) !== undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(undefinedIfMissing);
}
