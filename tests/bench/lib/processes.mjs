// Child processes: starting and ending them, and what they cost according to /proc.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const KEPT_OUTPUT_CHARACTERS = 2_000_000;
const GRACE_MS = 10_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Fields of a `stat` file of /proc after the name, which may hold blanks; [0] is the state. */
function statFields(path) {
  return readFileSync(path, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
}

function cpuSeconds(fields, first, last) {
  return fields.slice(first, last + 1).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

function unlessGone(read, fallback) {
  try {
    return read();
  } catch {
    return fallback;
  }
}

/** A process and all its living descendants. */
function treeOf(root) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = unlessGone(() => statFields(`/proc/${entry}/stat`), undefined);
    if (fields !== undefined) parents.set(Number(entry), Number(fields[1]));
  }
  const pids = parents.has(root) ? [root] : [];
  for (const pid of pids) for (const [child, parent] of parents) if (parent === pid) pids.push(child);
  return pids;
}

/**
 * What a process tree has cost so far.
 *
 * @param {number} root process id
 * @returns {{cpu: number, mainThreadCpu: number, peakRssMb: number}} CPU seconds, user and system, of all threads and
 *   of the first process' main thread; sum of the processes' high-water marks of resident memory
 */
export function costOf(root) {
  let cpu = 0;
  let peakRssMb = 0;
  for (const pid of treeOf(root)) {
    // utime, stime and those of children that have ended
    cpu += unlessGone(() => cpuSeconds(statFields(`/proc/${pid}/stat`), 11, 14), 0);
    const status = unlessGone(() => readFileSync(`/proc/${pid}/status`, 'latin1'), '');
    peakRssMb += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }
  const mainThreadCpu = unlessGone(
    () => cpuSeconds(statFields(`/proc/${root}/task/${root}/stat`), 11, 12),
    0,
  );
  return { cpu, mainThreadCpu, peakRssMb };
}

/** CPU seconds that the machine has spent on anything but this process and its children, and what a host took away. */
export function foreignCpu() {
  const [user, nice, system, , , interrupts, softInterrupts, stolen] =
    /^cpu +(.*)$/m
      .exec(readFileSync('/proc/stat', 'latin1'))?.[1]
      ?.split(' ')
      .map((ticks) => Number(ticks) / TICKS_PER_SECOND) ?? [];
  return user + nice + system + interrupts + softInterrupts + stolen - costOf(process.pid).cpu;
}

/**
 * Starts a program; it does not outlive this process.
 *
 * @param {readonly string[]} command
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start([program, ...args], options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const started = { pid: child.pid ?? 0, output: '', isOver: false, exited: undefined, child };
  const append = (data) => {
    started.output = (started.output + data).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  running.add(child);
  started.exited = new Promise((resolve) => {
    const over = (code) => {
      started.isOver = true;
      running.delete(child);
      resolve(code);
    };
    child.on('error', (error) => {
      append(String(error));
      over(undefined);
    });
    child.on('close', over);
  });
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  return started;
}

/** Ends a program gracefully, or by force when it takes too long. */
export async function stop(started) {
  if (started === undefined || started.isOver) return;
  const pids = treeOf(started.pid);
  started.child.kill('SIGTERM');
  const isGone = await Promise.race([
    started.exited.then(() => true),
    sleep(GRACE_MS, false, { ref: false }),
  ]);
  if (isGone) return;
  killAll(pids);
  await started.exited;
}

/** Waits until a program's output matches. */
export async function untilOutput(started, pattern, limitMs, what) {
  const deadlineMs = performance.now() + limitMs;
  while (!pattern.test(started.output)) {
    if (started.isOver || performance.now() > deadlineMs) {
      throw new Error(`${what} did not come:\n${started.output.slice(-2000)}`);
    }
    await sleep(20);
  }
}

/** Runs a program to its end and gives its output. */
export async function run(command, options) {
  const started = start(command, options);
  const code = await started.exited;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${started.output.slice(-2000)}`);
  return started.output;
}

function killAll(pids) {
  for (const pid of pids) unlessGone(() => process.kill(pid, 'SIGKILL'), undefined);
}

process.on('exit', () => {
  for (const child of running) killAll(treeOf(child.pid ?? 0));
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
