// Figures of runs as a Markdown table.

const COLUMNS = [
  ['system', ({ system, isDisturbed }) => (isDisturbed ? `${system} (disturbed)` : system)],
  ['phones', ({ phones }) => phones],
  ['stored of due', ({ stored, due }) => `${stored} of ${due}`],
  ['samples/s', ({ samplesPerSecond }) => samplesPerSecond],
  ['windows/s', ({ windowsPerSecond }) => windowsPerSecond],
  ['latency p50 / p95 / p99 / max ms', ({ latencyMs }) => Object.values(latencyMs).join(' / ')],
  ['CPU-s per phone-minute', ({ cpuSecondsPerPhoneMinute }) => cpuSecondsPerPhoneMinute],
  ['x floor', ({ timesFloor }) => timesFloor],
  ['share of a core', ({ shareOfCore }) => shareOfCore],
  ['main thread', ({ cpuSeconds }) => cpuSeconds.gatewayMainThread],
  ['peak RSS MB', ({ peakRssMb }) => peakRssMb],
  ['ledger', ({ ledger }) => ledger && (ledger.balanced ? 'balanced' : 'NOT BALANCED')],
  [
    'verified',
    ({ verified }) => verified && (verified.isGood ? 'yes' : `NO (${verified.largestDifference})`),
  ],
];

/** @param {any} floor report of the peers' floor, if there is one */
export function printTable(results, floor) {
  if (floor !== undefined) {
    const { parseCpuMsPerMessage, best, cpuSecondsPerPhoneMinute } = floor;
    const parts = `${parseCpuMsPerMessage} ms a message + ${best.cpuMsPerWindow} ms a window`;
    console.log(`Floor: ${parts} = ${cpuSecondsPerPhoneMinute.total} CPU-s per phone-minute.`);
  }
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(`\n${line(COLUMNS.map(([title]) => title))}\n${line(COLUMNS.map(() => '--'))}`);
  for (const result of results) console.log(line(COLUMNS.map(([, cell]) => cell(result) ?? '')));
}

/** Figures as docs/measured.md has them: each run's conditions in a line, then a table for people. */
export function printMarkdown(results, { floor, machine, model, runs, seconds, versions }) {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const floorWords =
    floor === undefined ? '' : ` The floor is ${floor.cpuSecondsPerPhoneMinute.total} s a phone-minute.`;
  console.log(
    `${machine.date.slice(0, 10)}, ${machine.cpu}, ${programs.join(', ')}, model ${model}: medians of ${runs} runs of ` +
      `${seconds} s, the systems in turn; load before ${machine.loadBefore[0]}.${floorWords}\n`,
  );
  const titles = ['system', 'phones', 'windows stored', 'samples/s', 'windows/s'];
  titles.push('latency p50 / p95 / p99 / max', 'CPU', 'RSS');
  console.log(`| ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length)}`);
  for (const result of results) console.log(`| ${cellsForPeople(result).join(' | ')} |`);
}

function cellsForPeople(result) {
  const thousands = (number) => number.toLocaleString('en-GB');
  const { timesFloor, shareOfCore, cpuSecondsPerPhoneMinute } = result;
  const ratio = timesFloor === undefined ? '' : `, ${timesFloor.toFixed(1)} × the floor`;
  return [
    result.isDisturbed ? `${result.system} (disturbed)` : result.system,
    thousands(result.phones),
    `${thousands(result.stored)} of ${thousands(result.due)}`,
    thousands(result.samplesPerSecond),
    Math.round(result.windowsPerSecond),
    `${Object.values(result.latencyMs).map(thousands).join(' / ')} ms`,
    `${shareOfCore.toFixed(2)} of a core; ${cpuSecondsPerPhoneMinute.toFixed(3)} s a phone-minute${ratio}`,
    `${result.peakRssMb} MB`,
  ];
}
