import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Erasable } from '../domain/erasable.js';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { UNKNOWN_CODES } from '../domain/status.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { writeAtomically } from '../shared/files.js';
import { every } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';
import { type ReasonedSpan, ReasonLog } from './reason-log.js';

/** What a killed gateway forgets of its reasons, milliseconds. */
const WRITE_EVERY_MS = 60_000;
/** Spans in the file, the newest: with 10,000 devices some for each, and not more than is written in a moment. */
const MOST_SPANS = 20_000;

const deviceSchema = z.string().transform((name, context): DeviceId => {
  const device = parseDeviceId(name);
  if (device !== undefined) return device;
  context.addIssue({ code: 'custom', message: 'not the name of a device' });
  return z.NEVER;
});
const fileSchema = z.object({
  version: z.literal(1),
  spans: z.array(
    z.object({
      device: deviceSchema,
      target: z.string(),
      code: z.enum(UNKNOWN_CODES),
      sensors: z.array(z.string()).optional(),
      fromMs: z.number(),
      toMs: z.number(),
    }),
  ),
});

/** Reasons of the past in one file, so that they outlive the gateway. */
export class ReasonFile {
  readonly #path: string;
  #last: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'unknown-reasons.json');
  }

  /** @throws GatewayError `CONFIG_INVALID` when the file cannot be read */
  async read(): Promise<readonly ReasonedSpan[]> {
    try {
      return fileSchema.parse(JSON.parse(await readFile(this.#path, 'utf8'))).spans;
    } catch (error) {
      if (isMissing(error)) return [];
      const message = `${this.#path} cannot be read: ${messageOf(error)}; remove it`;
      throw new GatewayError('CONFIG_INVALID', message, { cause: error });
    }
  }

  /**
   * Writes what is true when its turn has come: one after the other.
   *
   * @throws GatewayError `DISK_UNAVAILABLE` (retryable)
   */
  async write(spansNow: () => readonly ReasonedSpan[]): Promise<void> {
    const written = this.#last.then(async () => {
      const spans = spansNow().toSorted((a, b) => b.toMs - a.toMs);
      await writeAtomically(this.#path, JSON.stringify({ version: 1, spans: spans.slice(0, MOST_SPANS) }));
    });
    this.#last = written.catch(() => undefined);
    await written;
  }
}

/** Lets go of a device's reasons, in the file and in the log of a gateway that runs. */
export function erasableReasons(file: ReasonFile, log?: ReasonLog): Erasable {
  return {
    name: 'reasons',
    holds: async (device) => (await file.read()).some((span) => span.device === device),
    forget: async (device) => {
      log?.forget(device);
      const left = (await file.read()).filter((span) => span.device !== device);
      await file.write(() => log?.spans ?? left);
    },
  };
}

export interface OpenReasonLog extends AsyncDisposable {
  readonly log: ReasonLog;
  readonly erasable: Erasable;
}

/** A log that goes on where the last run was; a file that cannot be read is no reason not to start. */
export async function openReasonLog(
  dataDir: string,
  events: Pick<Events, 'roundFailed'>,
): Promise<OpenReasonLog> {
  const file = new ReasonFile(dataDir);
  const onFailed = (error: unknown): void => events.roundFailed('reasons', error);
  const kept = await file.read().catch((error: unknown) => {
    onFailed(error);
    return [];
  });
  const log = new ReasonLog(kept);
  const write = (): Promise<void> => file.write(() => log.spans);
  const rounds = every(WRITE_EVERY_MS, write, { onFailed });
  return {
    log,
    erasable: erasableReasons(file, log),
    [Symbol.asyncDispose]: async () => {
      await rounds[Symbol.asyncDispose]();
      await write().catch(onFailed);
    },
  };
}
