import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { ruleProblems } from '../alerts/rule-problems.js';
import { GatewayError, messageOf } from '../errors.js';
import { type Config, configSchema } from './schema.js';

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
  const result = configSchema.safeParse(tree);
  if (!result.success) problems.push(...result.error.issues.map(describeIssue));
  else problems.push(...contradictions(result.data));
  if (problems.length > 0 || !result.success) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `the configuration has ${countOf(problems)}:\n${bullets(problems)}`,
    );
  }
  return result.data;
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
  if (config.mqtt.password !== undefined && config.mqtt.passwordFile !== undefined) {
    problems.push('mqtt.password and mqtt.passwordFile: give one of the two');
  }
  if (config.store.influxdb.password !== undefined && config.store.influxdb.passwordFile !== undefined) {
    problems.push('store.influxdb.password and store.influxdb.passwordFile: give one of the two');
  }
  if (!config.mqtt.embedded && config.mqtt.tlsListener !== undefined) {
    problems.push('mqtt.tlsListener: is for the embedded broker; mqtt.tls is for an external one');
  }
  const { rules, quietHours } = config.alerts;
  problems.push(...ruleProblems(rules, quietHours).map((problem) => `alerts: ${problem}`));
  return problems;
}

async function readTree(file: string): Promise<Tree> {
  try {
    const parsed: unknown = parseYaml(await readFile(file, 'utf8')) ?? {};
    if (isTree(parsed)) return parsed;
  } catch (error) {
    throw new GatewayError('CONFIG_INVALID', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  throw new GatewayError(
    'CONFIG_INVALID',
    `${file} must hold sections with settings, such as "http:\\n  port: 8080"`,
  );
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
    return issue.keys.map((key) => `${path === '' ? key : `${path}.${key}`}: is not a setting`).join('\n');
  }
  return `${path === '' ? 'configuration' : path}: ${issue.message}`;
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
