import type { Erasable, ForgetReport } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { ErasedElsewhere, OwnErasing } from '../gateway/peers.js';
import { GatewayError } from '../shared/errors.js';
import {
  againSubject,
  EVENTS_STREAM,
  eventSubject,
  LIVE_STREAM,
  liveSubject,
  logName,
  logSubject,
} from './cluster-streams.js';
import type { SharedMemory } from './connect-nats.js';
import { erasableNames } from './erasable-names.js';
import type { Forgotten } from './forgotten.js';
import { escapeName, type PartitionOf } from './partition.js';
import type { Questions } from './questions.js';
import type { SharedSettings } from './shared-settings.js';

interface ForgettingParts {
  /** Name of this run of the gateway. */
  readonly gateway: string;
  readonly forgotten: Forgotten;
  readonly partitions: number;
  readonly partitionOf: PartitionOf;
  readonly memory: Pick<SharedMemory, 'log' | 'manager' | 'states'>;
  readonly questions: Questions;
  readonly settings: Pick<SharedSettings, 'share' | 'settled'>;
  readonly path: {
    /** Resolves when no message of a device is on its way into the log at this gateway. */
    settled(device: DeviceId): Promise<void>;
    /** What this gateway has read of a device, and the log holds no more, goes nowhere. */
    passOver(device: DeviceId, partition: number): Promise<void>;
  };
}

interface Wish {
  readonly device: DeviceId;
  readonly from: string;
}

/** Erasing takes as long as what is under way takes to come to its end. */
const ERASED_WITHIN_MS = 10_000;

/** What of a device lies at NATS and at the other gateways, also at those that are away: they let go of it when they come back. */
export async function forgetEverywhere(
  { gateway, forgotten, partitions, partitionOf, memory, questions, settings, path }: ForgettingParts,
  own: OwnErasing,
): Promise<ErasedElsewhere> {
  const { shared } = forgotten;
  const shutting = questions.open('shut-out', async ({ device, from }: Wish): Promise<void> => {
    if (from !== gateway) await own.shutOut(device);
    await path.settled(device);
  });
  const erasing = questions.open(
    'forget',
    async ({ device, from }: Wish): Promise<ForgetReport | undefined> => {
      await path.passOver(device, partitionOf(device));
      return from === gateway ? undefined : await own.forget(device);
    },
  );
  const holding = questions.open('holds', async ({ device, from }: Wish) =>
    from === gateway ? false : await own.holds(device),
  );
  await settings.share({
    ...shared,
    take: async (changes) => {
      for (const [name, value] of changes) if (value !== undefined) await own.forgetLeft(name as DeviceId);
      await shared.take(changes);
    },
  });
  const others: Erasable = {
    name: 'other gateways',
    forget: async (device) => {
      await forgotten.note(device, own.nowMs());
      await settings.settled();
      const { answers, isComplete } = await erasing.everybody({ device, from: gateway }, ERASED_WITHIN_MS);
      const left = answers.flatMap((report) => report?.parts.filter(({ removed }) => !removed) ?? []);
      const words = [
        ...left.map(({ name, detail }) => `${name}: ${detail}`),
        ...(isComplete ? [] : ['one does not answer; it lets go when it is back']),
      ];
      if (words.length > 0) throw new GatewayError('STORE_UNAVAILABLE', words.join('; '));
    },
    holds: async (device) => (await holding.all({ device, from: gateway })).answers.includes(true),
  };
  const log = erasableMessages('log', memory.manager, (device) => {
    const partition = partitionOf(device);
    return [{ stream: logName(partition), filter: logSubject(partition, escapeName(device), '*') }];
  });
  const closedLog: Erasable = {
    ...log,
    forget: async (device) => {
      // What a door lets in later would be in the log again.
      await settings.settled();
      await shutting.everybody({ device, from: gateway }, ERASED_WITHIN_MS);
      await log.forget(device);
    },
  };
  return {
    before: [closedLog, others],
    after: [
      erasableMessages('events', memory.manager, eventsOf),
      erasableNames(memory, partitions),
      erasableState(memory.states, partitionOf),
    ],
  };
}

/** Live events, and events that wait for webhooks. */
function eventsOf(device: DeviceId): MessagesOfDevice[] {
  const name = escapeName(device);
  return [
    { stream: LIVE_STREAM, filter: liveSubject('*', name) },
    { stream: EVENTS_STREAM, filter: eventSubject('*', name) },
    { stream: EVENTS_STREAM, filter: againSubject('*', name) },
  ];
}

interface MessagesOfDevice {
  readonly stream: string;
  readonly filter: string;
}

/** Messages whose subject names their device. */
function erasableMessages(
  name: string,
  manager: SharedMemory['manager'],
  placesOf: (device: DeviceId) => readonly MessagesOfDevice[],
): Erasable {
  return {
    name,
    forget: async (device) => {
      for (const { stream, filter } of placesOf(device)) await manager.streams.purge(stream, { filter });
    },
    holds: async (device) => {
      const infos = await Promise.all(
        placesOf(device).map(({ stream, filter }) =>
          manager.streams.info(stream, { subjects_filter: filter }),
        ),
      );
      return infos.some(({ state }) => Object.keys(state.subjects ?? {}).length > 0);
    },
  };
}

function erasableState(states: SharedMemory['states'], partitionOf: PartitionOf): Erasable {
  const keyOf = (device: DeviceId): string => `${partitionOf(device)}.${escapeName(device)}`;
  return {
    name: 'state',
    forget: (device) => states.remove(keyOf(device)),
    holds: async (device) => (await states.get(keyOf(device)))?.value !== undefined,
  };
}
