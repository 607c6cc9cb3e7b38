import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../../inference/models/model-folder.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { makeFolder } from '../../shared/folders.js';
import { BACKBONE_FILE } from './backbone-spec.js';
import type { KnownBackbone } from './known-backbones.js';

export interface PullOptions {
  /** Folder to write. */
  readonly folder: string;
  /** A file that was fetched before, or another address with the same content. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
}

/** How much longer than announced a download may be before it is broken off. */
const SPARE = 1.5;

/**
 * Fetches a backbone, checks its SHA-256, and writes it as a folder that training can use. Nothing is written when the
 * content is not what is known.
 *
 * @throws GatewayError `NOT_FOUND` when it cannot be fetched, `MODEL_INVALID` when something else came
 */
export async function pullBackbone(known: KnownBackbone, options: PullOptions): Promise<void> {
  const source = options.from ?? known.url;
  const download = /^https?:/.test(source)
    ? await fetchBytes(source, known.sizeBytes * SPARE, options.signal)
    : await readLocal(source);
  const actual = sha256Of(download);
  if (actual !== known.sha256) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${source} is not what is known by this name: its SHA-256 is ${actual}, expected ${known.sha256}`,
    );
  }
  const model = known.unpack(download);
  await makeFolder(options.folder);
  await writeFile(join(options.folder, known.spec.file), model);
  if (known.findsPeople) return;
  await writeFile(join(options.folder, BACKBONE_FILE), `${JSON.stringify(known.spec, undefined, 2)}\n`);
}

async function readLocal(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new GatewayError('NOT_FOUND', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function fetchBytes(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body) {
      parts.push(part);
      length += part.length;
      if (length > maxBytes) throw new Error(`it is longer than ${Math.round(maxBytes)} bytes`);
    }
    return Buffer.concat(parts);
  } catch (error) {
    throw new GatewayError(
      'NOT_FOUND',
      `${url} cannot be fetched: ${reasonOf(error)}; on a closed network fetch it elsewhere and give it with --from`,
      { cause: error, retryable: true },
    );
  }
}

/** `fetch` says "fetch failed"; why is in the cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
