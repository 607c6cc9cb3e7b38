import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import {
  accessFile,
  changeAccessFile,
  lastUsedFile,
  readAccessFile,
  readLastUsed,
  writeLastUsed,
} from '../../access/access-file.js';
import type { Config } from '../../config/schema.js';
import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import type { Journal } from '../../domain/journal.js';
import type { Store, TimeRange } from '../../domain/store.js';
import { readRules, rulesPath } from '../../notify/alerts/alert-rules.js';
import { endpointsPath, readEndpoints } from '../../notify/webhooks/endpoints.js';
import { recordingsOf, removeRecording } from '../../recordings/recordings-folder.js';
import type { Clock } from '../../shared/clock.js';
import { GatewayError, isMissing } from '../../shared/errors.js';
import { KeptFrames } from '../../storage/kept-frames.js';
import type { DeadLetter } from '../../storage/outbox/dead-letter-file.js';
import type { Outbox } from '../../storage/outbox/outbox.js';
import { StoreQueues } from '../../storage/outbox/store-queues.js';
import { parseLoosePoint } from '../../storage/point-codec.js';
import { openOutbox, outboxFolder } from '../open-outbox.js';
import { embeddedFolder } from '../open-resources.js';
import { messageDeadLetters, storeDeadLetters } from '../retention.js';

/** As `setFolderAside` names them. */
const SET_ASIDE = /\.damaged-/;
const ALWAYS: TimeRange = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

export interface OnDisk {
  readonly store: Store;
  readonly journal: Journal;
  readonly clock: Clock;
}

/**
 * Everything that keeps data of devices on a disk, in the order in which a device must be forgotten there: what waits
 * comes before where it goes to. Whatever is added to the gateway and keeps data of devices must be added here.
 */
export function erasablesOnDisk(config: Config, { store, journal, clock }: OnDisk): Erasable[] {
  return [
    erasableJournal(journal),
    erasableDeadLetters(config, clock),
    erasableResults(store),
    erasableRecordings([join(config.dataDir, 'recordings')]),
    erasableFrames(config.dataDir),
    erasableSettings(config.dataDir),
    erasableSetAside(foldersOfFolders(config)),
  ];
}

/** @param reload puts the changed file in force */
export function erasableCredentials(
  { dataDir }: Config,
  reload: () => Promise<void> = () => Promise.resolve(),
): Erasable {
  const path = accessFile(dataDir);
  const used = lastUsedFile(dataDir);
  const hasRecord = async (device: DeviceId): Promise<boolean> =>
    (await readAccessFile(path)).devices.some(({ name }) => name === device);
  return {
    name: 'credentials',
    heldBy: 'all',
    holds: async (device) => (await hasRecord(device)) || (await readLastUsed(used)).has(`device/${device}`),
    forget: async (device) => {
      if ((await readLastUsed(used)).has(`device/${device}`)) {
        await writeLastUsed(used, new Map(), (key) => key !== `device/${device}`);
      }
      if (!(await hasRecord(device))) return;
      await changeAccessFile(path, ({ devices, tokens }) => {
        return { devices: devices.filter(({ name }) => name !== device), tokens };
      });
      await reload();
    },
  };
}

function erasableResults(store: Store): Erasable {
  return {
    name: 'results',
    heldBy: 'all',
    forget: (device) => store.forget(device),
    holds: async (device) =>
      (await store.devices()).includes(device) ||
      (await store.windows(device, ALWAYS, 1)).length > 0 ||
      (await store.apparel(device, ALWAYS)).length > 0 ||
      (await store.company(device, ALWAYS)).length > 0,
  };
}

function erasableJournal(journal: Journal): Erasable {
  const entriesOf = (device: DeviceId) =>
    [...journal.entries()].filter(({ message }) => message.device === device).map(({ id }) => id);
  return {
    name: 'journal',
    forget: async (device) => {
      await journal.update({ released: entriesOf(device), checkpoints: [], forgotten: [device] });
      await journal.erase();
    },
    holds: (device) =>
      Promise.resolve(
        entriesOf(device).length > 0 ||
          [...journal.checkpoints()].some((checkpoint) => checkpoint.device === device),
      ),
  };
}

/** What waits for a store while no sink is at it: no gateway runs, or it no longer uses such a store. */
export function erasableLeftOutbox(
  config: Config,
  clock: Clock,
  open: () => Outbox = () => openOutbox(config, clock),
): Erasable {
  const look = async <T>(nothing: T, work: (queues: StoreQueues) => Promise<T>): Promise<T> => {
    if ((await stat(outboxFolder(config)).catch(() => undefined)) === undefined) return nothing;
    await using outbox = open();
    await outbox.open();
    return await work(new StoreQueues(outbox));
  };
  return {
    name: 'outbox',
    forget: (device) => look(undefined, (queues) => queues.forget(device, () => undefined)),
    holds: (device) => look(false, (queues) => queues.holds(device)),
  };
}

/** Letters that name no device go as well: nobody can say of whom they are. */
function erasableDeadLetters(config: Config, clock: Clock): Erasable {
  const kinds = [
    { file: storeDeadLetters(config), devicesOf: devicesOfPoint },
    { file: messageDeadLetters(config), devicesOf: devicesOfMessage },
  ];
  return {
    name: 'dead letters',
    forget: async (device) => {
      for (const { file, devicesOf } of kinds) {
        const isOfOthers = isOfOthersThan(device, devicesOf);
        for await (const { letters, replace } of file.take(clock.nowMs()))
          await replace(letters.filter(isOfOthers));
      }
    },
    holds: async (device) => {
      for (const { file, devicesOf } of kinds) {
        const isOfOthers = isOfOthersThan(device, devicesOf);
        for await (const { letters } of file.read()) if (!letters.every(isOfOthers)) return true;
      }
      return false;
    },
  };
}

function isOfOthersThan(device: DeviceId, devicesOf: (payload: unknown) => readonly string[]) {
  return ({ payload }: DeadLetter): boolean => {
    const named = devicesOf(payload);
    return named.length > 0 && !named.includes(device);
  };
}

/** A point of company tells of two. */
function devicesOfPoint(payload: unknown): readonly string[] {
  const loose = parseLoosePoint(payload);
  if (loose === undefined) return [];
  return loose.kind === 'company' ? [loose.point.device, loose.point.with] : [loose.point.device];
}

const messageLetterSchema = z.object({ device: z.string() });
function devicesOfMessage(payload: unknown): readonly string[] {
  const { device } = messageLetterSchema.safeParse(payload).data ?? {};
  return device === undefined ? [] : [device];
}

/** Where folders may have been set aside. */
function foldersOfFolders(config: Config): string[] {
  return [config.dataDir, dirname(embeddedFolder(config)), join(config.dataDir, 'webhooks')];
}

/** Folders that were damaged and set aside: they may hold something of anybody, and nobody can look through them. */
function erasableSetAside(folders: readonly string[]): Erasable {
  return {
    name: 'set aside',
    holds: () => Promise.resolve(false),
    forget: async () => {
      const paths = await Promise.all([...new Set(folders)].map(setAsideIn));
      const left = paths.flat();
      if (left.length === 0) return;
      const words = `${left.join(', ')} may hold something of it; look, and remove it by hand`;
      throw new GatewayError('STORE_UNAVAILABLE', words);
    },
  };
}

async function setAsideIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names.filter((name) => SET_ASIDE.test(name)).map((name) => join(folder, name));
}

/** What people have set for a device by name stays until they change it, so it is said. */
function erasableSettings(dataDir: string): Erasable {
  const namedIn = async (device: DeviceId): Promise<string[]> => {
    const { rules } = await readRules(rulesPath(dataDir));
    const endpoints = await readEndpoints(endpointsPath({ dataDir }));
    return [
      ...rules.filter(({ devices }) => devices?.includes(device)).map(({ name }) => `alert rule ${name}`),
      ...endpoints.filter(({ devices }) => devices?.includes(device)).map(({ id }) => `webhook ${id}`),
    ];
  };
  return {
    name: 'settings',
    heldBy: 'all',
    holds: async (device) => (await namedIn(device)).length > 0,
    forget: async (device) => {
      const left = await namedIn(device);
      if (left.length === 0) return;
      throw new GatewayError('INPUT_REFUSED', `its name is in ${left.join(', ')}; take it out there`);
    },
  };
}

/** Pictures that were kept; there may be some of a time when that was wanted. */
function erasableFrames(dataDir: string): Erasable {
  const frames = new KeptFrames(framesFolder(dataDir));
  return {
    name: 'frames',
    forget: (device) => frames.forget(device),
    holds: (device) => frames.holds(device),
  };
}

/** Where pictures are kept. */
export function framesFolder(dataDir: string): string {
  return join(dataDir, 'frames');
}

/** Recordings of a device in folders of recordings. */
export function erasableRecordings(folders: readonly string[]): Erasable {
  const find = async (device: DeviceId) =>
    (await Promise.all(folders.map((folder) => recordingsOf(device, folder)))).flat();
  return {
    name: 'recordings',
    forget: async (device) => {
      for (const recording of await find(device)) await removeRecording(recording);
    },
    holds: async (device) => (await find(device)).length > 0,
  };
}
