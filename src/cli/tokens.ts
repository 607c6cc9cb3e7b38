import { Command, InvalidArgumentError } from 'commander';
import {
  accessFile,
  changeAccessFile,
  lastUsedFile,
  readAccessFile,
  readLastUsed,
  type TokenRecord,
} from '../access/access-file.js';
import { createTokenRecord, withoutToken, withToken } from '../access/manage-records.js';
import { SCOPES, type Scope } from '../access/principal.js';
import { loadConfig } from '../config/load.js';
import { type CliContext, type ConfirmFlags, confirm, YES_OPTION } from './context.js';
import { addConfigOptions, type ConfigFlags, durationMs } from './options.js';

type Flags = ConfigFlags & { readonly json?: boolean };

interface CreateFlags extends Flags {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly expires?: number;
}

const MAX_NAME_CHARACTERS = 64;

/** `alongside tokens create|list|revoke`: who may look, push and administer. */
export function createTokensCommand(context: CliContext): Command {
  const command = new Command('tokens');
  addConfigOptions(command.command('create'))
    .description('make a token; it is printed once, only its hash is kept')
    .requiredOption('--name <name>', 'what it is for', nameOf)
    .requiredOption('--scope <scope>', `of ${SCOPES.join(', ')}; may be repeated`, collectScopes)
    .option(
      '--expires <time>',
      'how long it is valid, for example 30d; by default until it is revoked',
      durationMs,
    )
    .option('--json', 'print one JSON object')
    .action((flags: CreateFlags) => create(context, flags));
  addConfigOptions(command.command('list'))
    .description('list tokens; the tokens themselves are not kept and cannot be shown')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => list(context, flags));
  addConfigOptions(command.command('revoke'))
    .description('revoke a token; a running gateway refuses it within a second')
    .argument('<name>', 'name or id of the token')
    .option(...YES_OPTION)
    .option('--json', 'print one JSON object')
    .action((name: string, flags: Flags & ConfirmFlags) => revoke(context, name, flags));
  return command;
}

async function create(context: CliContext, flags: CreateFlags): Promise<void> {
  const { dataDir } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const nowMs = context.clock.nowMs();
  const expiresAtMs = flags.expires === undefined ? undefined : nowMs + flags.expires;
  const { record, text } = createTokenRecord({ name: flags.name, scopes: flags.scope, expiresAtMs }, nowMs);
  await changeAccessFile(accessFile(dataDir), (records) => withToken(records, record));
  if (flags.json === true) {
    const { id, name, scopes } = record;
    context.print(JSON.stringify({ id, name, scopes, expiresAtMs: record.expiresAtMs, token: text }));
    return;
  }
  context.print(text);
  context.note(
    `shown this once; send it as "Authorization: Bearer TOKEN". ${describe({ ...record, lastUsedMs: null })}`,
  );
}

async function list(context: CliContext, flags: Flags): Promise<void> {
  const { dataDir } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const { tokens } = await readAccessFile(accessFile(dataDir));
  const used = await readLastUsed(lastUsedFile(dataDir));
  const lines = tokens.map(({ sha256: _, ...shown }) => {
    return { ...shown, lastUsedMs: used.get(`token/${shown.id}`) ?? null };
  });
  if (flags.json === true) {
    context.print(JSON.stringify({ tokens: lines }));
    return;
  }
  if (lines.length === 0) context.print('there are no tokens');
  for (const line of lines) context.print(`${line.id}  ${describe(line)}`);
}

async function revoke(context: CliContext, name: string, flags: Flags & ConfirmFlags): Promise<void> {
  const { dataDir } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  withoutToken(await readAccessFile(accessFile(dataDir)), name);
  await confirm(context, flags, `take the token ${name} back?`);
  await changeAccessFile(accessFile(dataDir), (records) => withoutToken(records, name));
  if (flags.json === true) context.print(JSON.stringify({ revoked: name }));
  else context.print(`${name} is revoked`);
}

function describe({
  name,
  scopes,
  expiresAtMs,
  lastUsedMs,
}: Omit<TokenRecord, 'sha256'> & { readonly lastUsedMs: number | null }): string {
  const until = expiresAtMs === null ? 'until revoked' : `until ${new Date(expiresAtMs).toISOString()}`;
  const used = lastUsedMs === null ? '' : `, last used ${new Date(lastUsedMs).toISOString().slice(0, 10)}`;
  return `${name}: ${scopes.join(', ')} ${until}${used}`;
}

function nameOf(text: string): string {
  // It is shown in lists and told in logs: one line, not endless.
  if (/^[^\p{C}]+$/u.test(text) && text.length <= MAX_NAME_CHARACTERS) return text;
  throw new InvalidArgumentError(`must be 1 to ${MAX_NAME_CHARACTERS} visible characters.`);
}

function collectScopes(text: string, before: readonly Scope[] = []): Scope[] {
  const scopes = text.split(',').map((part) => {
    const scope = SCOPES.find((candidate) => candidate === part.trim());
    if (scope === undefined) throw new InvalidArgumentError(`"${part}" is none of ${SCOPES.join(', ')}.`);
    return scope;
  });
  return [...before, ...scopes];
}
