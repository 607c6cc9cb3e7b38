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
