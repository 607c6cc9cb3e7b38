import { stat, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { GatewayError } from '../shared/errors.js';
import { makeFolder } from '../shared/files.js';
import type { CliContext } from './context.js';

interface CertsFlags {
  readonly out: string;
  readonly host?: readonly string[];
  readonly force?: boolean;
  readonly json?: boolean;
}

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];
const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** `alongside certs self-signed`: TLS for a network without public names. */
export function createCertsCommand(context: CliContext): Command {
  const command = new Command('certs');
  command
    .command('self-signed')
    .description('make a small authority and a server certificate of it')
    .option('--out <folder>', 'where to write ca.pem, cert.pem and key.pem', 'certs')
    .option(
      '--host <name>',
      'name or address by which phones reach the gateway; may be repeated; by default those of this machine',
      collect,
    )
    .option('--force', 'replace what is there')
    .option('--json', 'print one JSON object')
    .action((flags: CertsFlags) => selfSigned(context, flags));
  return command;
}

async function selfSigned(
  context: CliContext,
  { out, host = ownHosts(), force, json }: CertsFlags,
): Promise<void> {
  const files = {
    authority: join(out, 'ca.pem'),
    certificate: join(out, 'cert.pem'),
    key: join(out, 'key.pem'),
  };
  if (force !== true) await requireAbsent(Object.values(files));
  const hosts = [...new Set([...host, ...LOCAL_HOSTS])];
  // Loaded here, since it takes longer than most commands do.
  const { createLocalCertificates } = await import('../access/certificate-authority.js');
  const made = await createLocalCertificates({ hosts, nowMs: context.clock.nowMs() });
  await makeFolder(out);
  await writeFile(files.authority, made.authority);
  await writeFile(files.certificate, made.certificate);
  await writeFile(files.key, made.key, { mode: 0o600 });
  const { expiresAtMs } = made;
  if (json === true) context.print(JSON.stringify({ ...files, hosts, expiresAtMs }));
  else for (const line of describe(files, hosts, expiresAtMs)) context.print(line);
}

/** What phones of the same network may call this machine. */
function ownHosts(): string[] {
  const name = hostname();
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const own = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const hosts = HOST_NAME.test(name) ? [name, `${name.replace(/\..*$/, '')}.local`] : [];
  return [...hosts, ...own.map(({ address }) => address)];
}

async function requireAbsent(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const isThere = await stat(file).then(
      () => true,
      () => false,
    );
    if (isThere) throw new GatewayError('USAGE', `${file} is there already; --force replaces it`);
  }
}

function describe(
  files: { readonly authority: string; readonly certificate: string; readonly key: string },
  hosts: readonly string[],
  expiresAtMs: number,
): string[] {
  const { authority, certificate, key } = files;
  return [
    `for ${hosts.join(', ')}, until ${new Date(expiresAtMs).toISOString().slice(0, 10)}`,
    `Install ${authority} on phones and in browsers as an authority to trust. For the gateway:`,
    `  http:  { tls: { certFile: ${certificate}, keyFile: ${key} } }`,
    `  mqtt:  { tlsListener: { certFile: ${certificate}, keyFile: ${key} } }`,
  ];
}

function collect(text: string, before: readonly string[] = []): string[] {
  if (isIP(text) === 0 && !HOST_NAME.test(text)) {
    throw new InvalidArgumentError(`"${text}" is neither a host name nor an IP address.`);
  }
  return [...before, text];
}
