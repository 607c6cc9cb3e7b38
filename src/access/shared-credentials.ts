import type { SharedRecords } from '../domain/shared-records.js';
import { changeAccessFile } from './access-file.js';
import { type AccessRecords, deviceRecordSchema, tokenRecordSchema } from './records.js';

interface CredentialParts {
  /** File of the credentials. */
  readonly path: string;
  readonly changes$: SharedRecords['changes$'];
  /** Those in force. */
  readonly records: () => AccessRecords;
  /** Reads the file again. */
  readonly reload: () => Promise<void>;
}

/** Credentials, the same at all gateways: `device/NAME` and `token/ID`. */
export function sharedCredentials({ path, changes$, records, reload }: CredentialParts): SharedRecords {
  return {
    name: 'credentials',
    outliveRestart: true,
    changes$,
    all: () => byKey(records()),
    take: async (changes) => {
      await changeAccessFile(path, (present) => withCredentials(present, changes));
      await reload();
    },
  };
}

function byKey({ devices, tokens }: AccessRecords): Map<string, unknown> {
  return new Map<string, unknown>([
    ...devices.map((device) => [`device/${device.name}`, device] as const),
    ...tokens.map((token) => [`token/${token.id}`, token] as const),
  ]);
}

function withCredentials(
  { devices, tokens }: AccessRecords,
  changes: ReadonlyMap<string, unknown>,
): AccessRecords {
  const known = new Map(devices.map((device) => [`device/${device.name}`, device]));
  const tokensById = new Map(tokens.map((token) => [`token/${token.id}`, token]));
  for (const [key, value] of changes) {
    if (value === undefined) {
      known.delete(key);
      tokensById.delete(key);
    }
    const device = deviceRecordSchema.safeParse(value);
    if (device.success) known.set(`device/${device.data.name}`, device.data);
    const token = tokenRecordSchema.safeParse(value);
    if (token.success) tokensById.set(`token/${token.data.id}`, token.data);
  }
  const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
    a.name < b.name ? -1 : 1;
  return { devices: [...known.values()].sort(byName), tokens: [...tokensById.values()].sort(byName) };
}
