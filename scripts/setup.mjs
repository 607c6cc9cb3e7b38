// Makes sure that the servers the tests run against are there, and installs them where it may. Silent when all is there.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fetchNatsServer, findNatsServer, isExecutable, PROGRAM_FOLDERS } from './nats-server.mjs';

/** Commands the tests start, each with its Debian package and the service that package would start. */
const NEEDED = [
  { command: 'mosquitto', package: 'mosquitto', service: 'mosquitto' },
  { command: 'influxd', package: 'influxdb', service: 'influxdb' },
  { command: 'openssl', package: 'openssl' },
  { command: 'promtool', package: 'prometheus', service: 'prometheus' },
  { command: 'chromium', package: 'chromium' },
];

const missing = NEEDED.filter(({ command }) => !isInstalled(command));
if (missing.length > 0) install(missing);
if (findNatsServer() === undefined) installNatsServer();

function isInstalled(command) {
  return PROGRAM_FOLDERS.some((folder) => isExecutable(join(folder, command)));
}

function installNatsServer() {
  console.error('Fetching nats-server for the tests');
  try {
    fetchNatsServer();
  } catch (error) {
    fail(error.message);
  }
}

function install(programs) {
  const packages = [...new Set(programs.map((program) => program.package))];
  const commands = programs.map((program) => program.command).join(', ');
  if (!isInstalled('apt-get')) {
    fail(
      `The tests need these commands, which are in none of the folders of PATH nor in /usr/sbin: ${commands}.`,
      'This is no Debian or Ubuntu, so install them by hand (mosquitto 2.x, InfluxDB 1.x).',
    );
  }
  const prefix = adminPrefix();
  if (prefix === undefined) {
    fail(
      `The tests need ${commands}, and this user may not install them. Run:`,
      `  sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${packages.join(' ')}`,
    );
  }
  console.error(`Installing ${packages.join(', ')} for the tests`);
  const isInstalledNow = packages.every(isKnown) && aptInstall(prefix, packages);
  if (!isInstalledNow) {
    apt(prefix, 'update');
    aptInstall(prefix, packages);
  }
  stopServices(prefix, programs);
  const left = programs.filter(({ command }) => !isInstalled(command)).map((program) => program.command);
  if (left.length > 0) fail(`apt-get did not install ${left.join(', ')}; see its messages above.`);
}

/** What makes a command run as root: nothing, sudo, or `undefined` where there is no way without asking. */
function adminPrefix() {
  if (process.getuid?.() === 0) return [];
  const { status } = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return status === 0 ? ['sudo', '-n'] : undefined;
}

/** Whether the package lists of this machine have the package. */
function isKnown(name) {
  return spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;
}

function aptInstall(prefix, packages) {
  return apt(prefix, 'install', '--yes', '--no-install-recommends', ...packages);
}

function apt(prefix, ...args) {
  // RUNLEVEL=1 keeps the packages' scripts from starting services where no systemd does it.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  return run([...prefix, ...environment, 'apt-get', ...options, ...args]);
}

/** The tests start servers of their own; those of the packages would only take ports and memory. */
function stopServices(prefix, programs) {
  for (const { service } of programs) {
    const isManaged = service !== undefined && isInstalled('systemctl');
    if (isManaged) run([...prefix, 'systemctl', 'disable', '--now', service], 'ignore');
  }
}

function run([command, ...args], output = 'inherit') {
  return spawnSync(command, args, { stdio: ['ignore', output, output] }).status === 0;
}

function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}
