import { z } from 'zod';
import type { SharedRecords } from '../domain/shared-records.js';
import {
  type AccessRecords,
  changeAccessFile,
  type DeviceRecord,
  deviceRecordSchema,
  type TokenRecord,
  tokenRecordSchema,
} from './access-file.js';

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

type Credential = DeviceRecord | TokenRecord;

const credentialSchema = z.union([deviceRecordSchema, tokenRecordSchema]);

function isToken(credential: Credential): credential is TokenRecord {
  return 'id' in credential;
}

function keyOf(credential: Credential): string {
  return isToken(credential) ? `token/${credential.id}` : `device/${credential.name}`;
}

function byKey({ devices, tokens }: AccessRecords): Map<string, Credential> {
  return new Map([...devices, ...tokens].map((credential) => [keyOf(credential), credential]));
}

/** What is no credential is left out. */
function withCredentials(present: AccessRecords, changes: ReadonlyMap<string, unknown>): AccessRecords {
  const known = byKey(present);
  for (const [key, value] of changes) {
    const credential = credentialSchema.safeParse(value).data;
    if (credential !== undefined) known.set(keyOf(credential), credential);
    else if (value === undefined) known.delete(key);
  }
  const sorted = [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    devices: sorted.filter((credential): credential is DeviceRecord => !isToken(credential)),
    tokens: sorted.filter(isToken),
  };
}
