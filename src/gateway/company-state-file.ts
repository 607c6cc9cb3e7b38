import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type CompanyState, STATE_VERSION } from '../company/company-state.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { undefinedIfMissing } from '../shared/errors.js';
import { writeAtomically } from '../shared/write-atomically.js';

const headerSchema = z.object({ version: z.literal(STATE_VERSION) });

/** What an earlier run knew; `undefined` where there is nothing, or nothing that this version understands. */
export async function readCompanyState(dataDir: string): Promise<CompanyState | undefined> {
  const text = await readFile(statePath(dataDir), 'utf8').catch(undefinedIfMissing);
  if (text === undefined) return undefined;
  try {
    const state: unknown = JSON.parse(text);
    // Written below: a matching version vouches for the rest.
    return headerSchema.safeParse(state).success ? (state as CompanyState) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces it whole. @throws GatewayError `DISK_UNAVAILABLE` (retryable) */
export async function writeCompanyState(dataDir: string, state: CompanyState): Promise<void> {
  await writeAtomically(statePath(dataDir), JSON.stringify(state));
}

/** What is remembered of a device's last minutes, and of its pairs. */
export function erasableCompanyState(dataDir: string): Erasable {
  return {
    name: 'company',
    holds: async (device) => {
      const state = await readCompanyState(dataDir);
      if (state === undefined) return false;
      const left = without(device, state);
      return left.devices.length < state.devices.length || left.pairs.length < state.pairs.length;
    },
    forget: async (device) => {
      const state = await readCompanyState(dataDir);
      if (state !== undefined) await writeCompanyState(dataDir, without(device, state));
    },
  };
}

function without(device: DeviceId, state: CompanyState): CompanyState {
  return {
    ...state,
    devices: state.devices.filter((other) => other.device !== device),
    pairs: state.pairs.filter(({ first, second }) => first !== device && second !== device),
  };
}

function statePath(dataDir: string): string {
  return join(dataDir, 'company', 'state.json');
}
