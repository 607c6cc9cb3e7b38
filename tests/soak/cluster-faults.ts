import type { ClusterReport, ClusterRound } from './lib/run-cluster-faults.js';
import { runClusterFaults } from './lib/run-cluster-faults.js';

const PROBABILITY = 0.95;

interface Printing {
  readonly print: (line: string) => void;
  readonly note: (line: string) => void;
}

/** The part of `npm run test:faults` that `--cluster` asks for: see lib/run-cluster-faults.ts. Resolves to whether all is well. */
export async function printClusterFaults(
  { rounds, seed, phones }: { readonly rounds: number; readonly seed: number; readonly phones: number },
  { print, note }: Printing,
): Promise<boolean> {
  const onRound = (round: ClusterRound): void => note(lineOf(round));
  const report = await runClusterFaults({ rounds, seed, phones, gateways: 3, servers: 3, onRound });
  print('| round | fault | gateway | taken over after s |');
  print('|---:|---|---|---:|');
  for (const round of report.rounds) print(lineOf(round));
  const { missing, duplicates, wrong, stale, rewrittenOther, crashes, unbalanced } = report;
  const examples = { missing, duplicates, wrong, stale, 'written again otherwise': rewrittenOther };
  for (const [what, keys] of Object.entries(examples)) {
    for (const key of keys.slice(0, 20)) print(`${what}: ${key}`);
  }
  for (const crash of crashes) print(`a gateway ended by itself: ${crash}`);
  for (const partition of unbalanced) print(`the ledger of partition ${partition} does not balance`);
  print(`seed ${seed}`);
  print(JSON.stringify({ rounds, ...countsOf(report) }));
  const bad = missing.length + duplicates.length + wrong.length + stale.length + rewrittenOther.length;
  return bad + crashes.length + unbalanced.length + report.unacknowledgedLost === 0 && report.windows > 0;
}

function countsOf(report: ClusterReport) {
  const { windows, missing, wrong, stale, rewrittenSame, rewrittenOther, unacknowledgedLost, rounds } =
    report;
  return {
    ...{ windows, missing: missing.length, wrong: wrong.length, stale: stale.length },
    ...{ rewrittenSame, rewrittenOther: rewrittenOther.length, unacknowledgedLost },
    takeoverMs: {
      killed: takeoverMs(rounds, 'kill -9 gateway'),
      stopped: takeoverMs(rounds, 'SIGTERM gateway'),
    },
  };
}

/** The 95th percentile of how long others took, milliseconds; `null` without any. */
function takeoverMs(rounds: readonly ClusterRound[], of: string): number | null {
  const times = rounds.flatMap(({ fault, takeoverMs: ms }) => (fault === of && ms !== undefined ? [ms] : []));
  const sorted = times.toSorted((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.floor(PROBABILITY * sorted.length))];
  return at === undefined ? null : Math.round(at);
}

function lineOf({ round, fault, victim, takeoverMs: ms }: ClusterRound): string {
  return `| ${round} | ${fault} | ${victim} | ${ms === undefined ? '' : (ms / 1000).toFixed(1)} |`;
}
