import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { subscriptionProblems } from '../ingest/topics.js';
import { ruleProblems } from '../notify/alerts/rule-schema.js';
import { GatewayError, messageOf, systemWords } from '../shared/errors.js';
import { modelsFolder } from '../shared/package.js';
import { closestWord, textOf } from '../shared/text.js';
import { clusterProblems } from './cluster-schema.js';
import { type Config, configSchema } from './schema.js';
import { takeCredentials } from './url-credentials.js';

const ENV_PREFIX = 'ALONGSIDE_';

export interface ConfigSources {
  /** YAML or JSON file; `undefined` for none. */
  readonly file: string | undefined;
  /** `section.key=value` of the command line, stronger than the environment, which is stronger than the file. */
  readonly set: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Tree = { [key: string]: unknown };

/**
 * Reads the configuration from a file, the environment and the command line.
 *
 * @throws GatewayError `CONFIG_INVALID` listing every problem at once
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const problems: string[] = [];
  const tree = sources.file === undefined ? {} : await readTree(sources.file);
  for (const [path, text] of envSettings(sources.env)) put(tree, path, text, problems);
  for (const setting of sources.set) applySetting(tree, setting, problems);
  // Compiling a parser costs more than parsing once.
  const result = configSchema.safeParse(tree, { jitless: true });
  if (!result.success) problems.push(...result.error.issues.map(describeIssue));
  else problems.push(...contradictions(result.data));
  if (problems.length > 0 || !result.success) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `the configuration has ${countOf(problems)}:\n${bullets(problems)}`,
    );
  }
  return withUrlCredentials(withModelsFolder(result.data));
}

/** The JSON schema of the configuration file, for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema, { io: 'input' });
}

/** What each setting alone allows but all together do not. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (!config.mqtt.embedded && config.mqtt.url === undefined) {
    problems.push('mqtt.url: is needed when mqtt.embedded is false, for example mqtt://localhost:1883');
  }
  for (const name of config.models.candidates.filter((each) => config.models.active.includes(each))) {
    problems.push(`models.candidates: ${name} is active; a candidate runs beside the active models`);
  }
  problems.push(...loginProblems('mqtt', config.mqtt));
  problems.push(...loginProblems('store.influxdb', config.store.influxdb));
  problems.push(...loginProblems('cluster', config.cluster));
  problems.push(...clusterProblems(config.cluster, config.store.type));
  for (const [setting, url] of Object.entries({
    'mqtt.webSocketUrl': config.mqtt.webSocketUrl,
    'http.publicUrl': config.http.publicUrl,
  })) {
    if (url !== undefined && takeCredentials(setting, url).url !== url) {
      problems.push(`${setting}: phones are given this address, so it must hold no user and password`);
    }
  }
  problems.push(
    ...subscriptionProblems(config.mqtt.subscriptions).map((text) => `mqtt.subscriptions: ${text}`),
  );
  if (!config.mqtt.embedded && config.mqtt.tlsListener !== undefined) {
    problems.push('mqtt.tlsListener: is for the embedded broker; mqtt.tls is for an external one');
  }
  const { rules, quietHours } = config.alerts;
  problems.push(...ruleProblems(rules, quietHours).map((problem) => `alerts: ${problem}`));
  return problems;
}

interface Login {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly token?: string | undefined;
}

/** Each part of a login is given at one place. */
function loginProblems(section: string, login: Login): string[] {
  const inUrl = takeCredentials(`${section}.url`, login.url ?? '');
  const users = [
    ...(inUrl.username === undefined ? [] : [`the user of ${section}.url`]),
    ...(login.username === undefined ? [] : [`${section}.username`]),
  ];
  const secrets = [
    ...(inUrl.password === undefined ? [] : [`the password of ${section}.url`]),
    ...(login.password === undefined ? [] : [`${section}.password`]),
    ...(login.passwordFile === undefined ? [] : [`${section}.passwordFile`]),
    ...(login.token === undefined ? [] : [`${section}.token`]),
  ];
  return [users, secrets]
    .filter((given) => given.length > 1)
    .map((given) => `${given.join(' and ')}: give one of the ${given.length === 2 ? 'two' : given.length}`);
}

function withModelsFolder(config: Config): Config {
  return { ...config, models: { ...config.models, dir: modelsFolder(config.models.dir) } };
}

/** Puts user and password of a URL where the others stand, so that no URL holds a secret. */
function withUrlCredentials(config: Config): Config {
  const { mqtt, store } = config;
  const influxdb = { ...store.influxdb, ...takeCredentials('store.influxdb.url', store.influxdb.url) };
  const broker = mqtt.url === undefined ? {} : takeCredentials('mqtt.url', mqtt.url);
  return { ...config, mqtt: { ...mqtt, ...broker }, store: { ...store, influxdb } };
}

async function readTree(file: string): Promise<Tree> {
  try {
    const parsed: unknown = parseYaml(textOf(await readFile(file))) ?? {};
    if (isTree(parsed)) return parsed;
  } catch (error) {
    throw new GatewayError('CONFIG_INVALID', `${file} cannot be read: ${readingProblem(error)}`, {
      cause: error,
    });
  }
  throw new GatewayError(
    'CONFIG_INVALID',
    `${file} must hold sections with settings, such as "http:\\n  port: 8080"`,
  );
}

/** One line with the place: the parser goes on to quote the file, in which there may be a password. */
function readingProblem(error: unknown): string {
  const [line = ''] = (systemWords(error) ?? messageOf(error)).split('\n', 1);
  return line.replace(/:$/, '');
}

/** `ALONGSIDE_STORE__INFLUXDB__URL` is `store.influxdb.url`; keys are matched without regard to case. */
function* envSettings(env: ConfigSources['env']): Generator<[string[], string]> {
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(ENV_PREFIX) || text === undefined) continue;
    yield [name.slice(ENV_PREFIX.length).split('__'), text];
  }
}

function applySetting(tree: Tree, setting: string, problems: string[]): void {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  if (path === undefined || text === undefined)
    problems.push(`--set ${setting}: must read section.key=value`);
  else put(tree, path.split('.'), text, problems);
}

function put(tree: Tree, path: readonly string[], text: string, problems: string[]): void {
  if (path.some((name) => name in Object.prototype)) {
    problems.push(`${path.join('.')}: is not a setting`);
    return;
  }
  let node = tree;
  let shape: unknown = shapeOf(configSchema);
  for (const [depth, name] of path.entries()) {
    const key = matchingKey(shape, name);
    if (depth === path.length - 1) {
      node[key] = isTree(shape) && isText(shape[key]) ? text : yamlValueOf(text);
      return;
    }
    const child = node[key] ?? {};
    if (!isTree(child)) {
      problems.push(`${path.join('.')}: ${path.slice(0, depth + 1).join('.')} is a value, not a section`);
      return;
    }
    node[key] = child;
    node = child;
    shape = isTree(shape) ? shapeOf(shape[key]) : undefined;
  }
}

/** The schema's own spelling of a key; unknown keys stay as they are and are refused by the schema. */
function matchingKey(shape: unknown, name: string): string {
  if (!isTree(shape)) return name;
  return Object.keys(shape).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** The fields of an object schema, through defaults and the like. */
function shapeOf(schema: unknown): unknown {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return shapeOf(schema.unwrap());
  }
  return undefined;
}

/** Whether a setting is text, so that a password of digits stays one. */
function isText(schema: unknown): boolean {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return isText(schema.unwrap());
  return schema instanceof z.ZodString;
}

/** Text as a YAML value, so that `true`, `8080` and `[a, b]` mean what they look like. */
function yamlValueOf(text: string): unknown {
  try {
    return parseYaml(text) ?? '';
  } catch {
    return text;
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownSetting(issue.path.map(String), key)).join('\n');
  }
  return `${path === '' ? 'configuration' : path}: ${issue.message}`;
}

/** Says so, with the setting of that section, or the one of that name elsewhere, that was probably meant. */
function unknownSetting(path: readonly string[], key: string): string {
  const section = path.reduce(childOf, configSchema);
  const near = closestWord(key, keysOf(section));
  const elsewhere = settingPaths(configSchema).filter((other) => other.split('.').at(-1) === key);
  const meant = near === undefined ? elsewhere : [[...path, near].join('.')];
  const hint = meant.length === 0 || meant.length > 3 ? '' : `; did you mean ${meant.join(' or ')}?`;
  return `${[...path, key].join('.')}: is not a setting${hint}`;
}

function keysOf(schema: unknown): string[] {
  const shape = shapeOf(schema);
  return isTree(shape) ? Object.keys(shape) : [];
}

/** Names of all settings below a section. */
function settingPaths(schema: unknown): string[] {
  return keysOf(schema).flatMap((key) => {
    const below = settingPaths(childOf(schema, key));
    return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`);
  });
}

/** What a section, a record or a list holds under a key. */
function childOf(schema: unknown, key: string): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return childOf(schema.unwrap(), key);
  }
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  const shape = shapeOf(schema);
  return isTree(shape) ? shape[key] : undefined;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function countOf(problems: readonly string[]): string {
  return problems.length === 1 ? 'one problem' : `${problems.length} problems`;
}

function bullets(problems: readonly string[]): string {
  return problems
    .flatMap((problem) => problem.split('\n'))
    .map((problem) => `  - ${problem}`)
    .join('\n');
}
