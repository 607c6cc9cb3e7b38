import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { CompanyState, DeviceState } from '../company/company-state.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { undefinedIfMissing } from '../shared/errors.js';
import { writeAtomically } from '../shared/files.js';

const VERSION = 2;
const headerSchema = z.object({ version: z.literal(VERSION) });
/** So many devices are written as text before others have a turn. */
const DEVICES_A_TURN = 100;

/** As it lies in the file: rows are base64 of their bytes, short, and exact. */
interface WrittenState extends Pick<CompanyState, 'comparingMs' | 'pairs'> {
  readonly version: number;
  readonly devices: readonly (Omit<DeviceState, 'rows'> & { readonly rows: string })[];
}

/** What an earlier run knew; `undefined` where there is nothing, or nothing that this version understands. */
export async function readCompanyState(dataDir: string): Promise<CompanyState | undefined> {
  const written = await readWritten(dataDir);
  if (written === undefined) return undefined;
  const { comparingMs, pairs } = written;
  return {
    comparingMs,
    devices: written.devices.map((device) => ({ ...device, rows: rowsOf(device.rows) })),
    pairs,
  };
}

async function readWritten(dataDir: string): Promise<WrittenState | undefined> {
  const text = await readFile(statePath(dataDir), 'utf8').catch(undefinedIfMissing);
  if (text === undefined) return undefined;
  try {
    const state: unknown = JSON.parse(text);
    // Written below: a matching version vouches for the rest.
    return headerSchema.safeParse(state).success ? (state as WrittenState) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces it whole. @throws GatewayError `DISK_UNAVAILABLE` (retryable) */
export async function writeCompanyState(dataDir: string, state: CompanyState): Promise<void> {
  const texts: string[] = [];
  for (const device of state.devices) {
    const { buffer, byteOffset, byteLength } = device.rows;
    const rows = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    texts.push(JSON.stringify({ ...device, rows }));
    if (texts.length % DEVICES_A_TURN === 0) await nextTurn();
  }
  const rest = JSON.stringify({ version: VERSION, comparingMs: state.comparingMs, pairs: state.pairs });
  await writeAtomically(statePath(dataDir), `${rest.slice(0, -1)},"devices":[${texts.join(',')}]}`);
}

function rowsOf(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

/** What is remembered of a device's last minutes, and of its pairs. */
export function erasableCompanyState(dataDir: string): Erasable {
  return {
    name: 'company',
    holds: async (device) => {
      const state = await readWritten(dataDir);
      if (state === undefined) return false;
      const left = without(device, state);
      return left.devices.length < state.devices.length || left.pairs.length < state.pairs.length;
    },
    forget: async (device) => {
      const state = await readWritten(dataDir);
      if (state !== undefined)
        await writeAtomically(statePath(dataDir), JSON.stringify(without(device, state)));
    },
  };
}

function without(device: DeviceId, state: WrittenState): WrittenState {
  return {
    ...state,
    devices: state.devices.filter((other) => other.device !== device),
    pairs: state.pairs.filter(({ first, second }) => first !== device && second !== device),
  };
}

function statePath(dataDir: string): string {
  return join(dataDir, 'company', 'state.json');
}
