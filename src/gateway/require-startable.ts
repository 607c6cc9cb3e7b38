import { constants } from 'node:fs';
import { access, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { accessFile, readAccessFile } from '../access/access-file.js';
import { type Binding, bindingProblems } from '../access/binding.js';
import type { Config } from '../config/schema.js';
import { readPem, readSecret, readServerCertificate, trustedAuthorities } from '../config/secret-files.js';
import { listModelFolders, readStampedFolder, type StampedFolder } from '../inference/models/model-folder.js';
import { GatewayError, isMissing, systemWords } from '../shared/errors.js';
import { isFolder } from '../shared/files.js';
import { closestWord } from '../shared/text.js';

/**
 * Looks for everything outside the configuration that keeps a gateway from starting with it: the data folder, credentials,
 * models, passwords and certificates. `config check` and `start` both ask, so they give the same answer.
 *
 * @returns the folders of the active models by name, so that a start need not read them again
 * @throws GatewayError with every problem, a line each; its code is that of the first
 */
export async function requireStartable(config: Config): Promise<ReadonlyMap<string, StampedFolder>> {
  await requireDataFolder(config.dataDir);
  const folders = config.models.active.map((name) => requireModel(config.models.dir, name));
  const results = await Promise.allSettled([
    requireSafeBinding(config),
    ...folders,
    readSecret('store.influxdb', config.store.influxdb),
    requireBrokerFiles(config),
    requireClusterFiles(config),
    ...(['http.tls', 'mqtt.tlsListener'] as const).map((section) => requireCertificate(section, config)),
    trustedAuthorities('webhooks.caFile', config.webhooks.caFile),
  ]);
  const problems = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const unexpected = problems.find((problem) => !(problem instanceof GatewayError));
  if (unexpected !== undefined) throw unexpected;
  const [first, ...others] = problems.filter((problem) => problem instanceof GatewayError);
  if (first === undefined) return new Map(await Promise.all(folders));
  if (others.length === 0) throw first;
  throw new GatewayError(first.code, [first, ...others].map(({ message }) => message).join('\n'));
}

/** @throws GatewayError `STORE_UNAVAILABLE` when the data folder is none, or cannot be made or written */
async function requireDataFolder(dataDir: string): Promise<void> {
  const present = await nearestPresent(resolve(dataDir));
  const isThere = present === resolve(dataDir);
  const problem = (await isFolder(present))
    ? await (isThere ? whyNotWritable(present) : whyNoFolderIn(present))
    : 'it is a file; give a folder';
  if (problem === undefined) return;
  const where = isThere ? dataDir : `${dataDir} cannot be made in ${present}`;
  throw new GatewayError('STORE_UNAVAILABLE', `dataDir: ${where}: ${problem}`);
}

/** The path itself, or the closest one above it that is there. */
async function nearestPresent(path: string): Promise<string> {
  const isPresent = await stat(path).then(
    () => true,
    () => false,
  );
  return isPresent || dirname(path) === path ? path : await nearestPresent(dirname(path));
}

async function whyNotWritable(folder: string): Promise<string | undefined> {
  const needed = constants.R_OK | constants.W_OK | constants.X_OK;
  return await access(folder, needed).then(() => undefined, wordsOf);
}

/** Makes a folder and removes it: what root may do tells nothing of folders that take no others, such as /proc. */
async function whyNoFolderIn(folder: string): Promise<string | undefined> {
  try {
    await rmdir(await mkdtemp(join(folder, '.alongside-')));
    return undefined;
  } catch (error) {
    return isMissing(error) ? 'it takes no new folders; use another' : wordsOf(error);
  }
}

function wordsOf(error: unknown): string {
  return systemWords(error) ?? 'it cannot be written';
}

/** Where the gateway listens with this configuration. */
export function bindingOf({ http, mqtt, access, cluster }: Config): Binding {
  return {
    httpHost: http.host,
    mqttHost: mqtt.url === undefined ? mqtt.host : undefined,
    allowAnonymous: access.allowAnonymous,
    sharesCredentials: cluster.servers.length > 0,
  };
}

async function requireSafeBinding(config: Config): Promise<void> {
  const records = await readAccessFile(accessFile(config.dataDir));
  const problems = bindingProblems(bindingOf(config), records);
  if (problems.length > 0) throw new GatewayError('CONFIG_INVALID', problems.join('\n'));
}

async function requireModel(directory: string, name: string): Promise<[string, StampedFolder]> {
  const known = await listModelFolders(directory);
  if (known.includes(name)) return [name, await readStampedFolder(join(directory, name))];
  const near = closestWord(name, known);
  const hint = near === undefined ? listOf(known) : `did you mean ${near}?`;
  const text = `models.active: there is no model ${name} in ${directory}; ${hint}`;
  throw new GatewayError('MODEL_INVALID', text);
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'there is none at all: correct models.dir' : `there are ${names.join(', ')}`;
}

async function requireBrokerFiles(config: Config): Promise<void> {
  if (config.mqtt.url === undefined) return;
  // Loaded here, since what it needs takes long to load and most gateways have a broker of their own.
  const { externalBroker } = await import('./external-broker.js');
  await externalBroker(config);
}

async function requireClusterFiles({ cluster }: Config): Promise<void> {
  if (cluster.servers.length === 0) return;
  await readSecret('cluster', cluster);
  for (const [setting, file] of Object.entries(cluster.tls ?? {})) {
    if (file !== undefined) await readPem(`cluster.tls.${setting}`, file);
  }
}

async function requireCertificate(
  section: 'http.tls' | 'mqtt.tlsListener',
  { http, mqtt }: Config,
): Promise<void> {
  const settings = section === 'http.tls' ? http.tls : mqtt.tlsListener;
  if (settings !== undefined) await readServerCertificate(section, settings);
}
