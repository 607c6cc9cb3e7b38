import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Erasable, ForgetReport, ForgottenPart } from '../../domain/erasable.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { messageOf } from '../../shared/errors.js';
import { writeAtomically } from '../../shared/files.js';

const UNDER_WAY = '.forgetting';
/** Something was left: whether the device is known cannot be told by what the parts hold. */
const INCOMPLETE = '.left';

/**
 * Erases a device from every part, if one of them holds something of it. While that is under way a file says so, for a
 * process that starts after this one was killed.
 *
 * @param folder of such files
 * @returns `undefined` when nobody knows the device
 */
export async function forgetIfKnown(
  folder: string,
  device: DeviceId,
  erasables: readonly Erasable[],
): Promise<ForgetReport | undefined> {
  const path = join(folder, createHash('sha256').update(device).digest('hex').slice(0, 16));
  const isMarked = await hasMark(path, device);
  if (!isMarked && !(await isKnown(device, erasables))) return undefined;
  await writeAtomically(`${path}${UNDER_WAY}`, device);
  const report = await forgetDevice(device, erasables);
  if (report.removed) await rm(`${path}${INCOMPLETE}`, { force: true });
  else await rename(`${path}${UNDER_WAY}`, `${path}${INCOMPLETE}`);
  await rm(`${path}${UNDER_WAY}`, { force: true });
  return report;
}

/** Devices that a process was forgetting when it was killed. */
export async function halfForgotten(folder: string): Promise<DeviceId[]> {
  const files = await readdir(folder).catch(() => []);
  const marks = files.filter((file) => file.endsWith(UNDER_WAY)).map((file) => readMark(join(folder, file)));
  return (await Promise.all(marks)).filter((device) => device !== undefined);
}

/** Erases a device from every part, one after the other, and looks at each whether anything is left. */
export async function forgetDevice(device: DeviceId, erasables: readonly Erasable[]): Promise<ForgetReport> {
  const parts: ForgottenPart[] = [];
  for (const erasable of erasables) parts.push(await forgetPart(device, erasable));
  return { device, removed: parts.every(({ removed }) => removed), parts };
}

/** A part that cannot say may hold something. */
export async function isKnown(device: DeviceId, erasables: readonly Erasable[]): Promise<boolean> {
  for (const erasable of erasables) if (await erasable.holds(device).catch(() => true)) return true;
  return false;
}

/** One that fails must not keep the others from letting go. */
async function forgetPart(device: DeviceId, erasable: Erasable): Promise<ForgottenPart> {
  const { name } = erasable;
  try {
    await erasable.forget(device);
    const isLeft = await erasable.holds(device);
    return {
      name,
      removed: !isLeft,
      detail: isLeft ? 'there is something of it again; is it still sending?' : '',
    };
  } catch (error) {
    return { name, removed: false, detail: messageOf(error) };
  }
}

/** Whether an earlier attempt did not come to its end. */
async function hasMark(path: string, device: DeviceId): Promise<boolean> {
  const marks = await Promise.all([UNDER_WAY, INCOMPLETE].map((kind) => readMark(`${path}${kind}`)));
  return marks.includes(device);
}

async function readMark(path: string): Promise<DeviceId | undefined> {
  return parseDeviceId(await readFile(path, 'utf8').catch(() => ''));
}
