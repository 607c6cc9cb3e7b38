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
  const { missing, duplicates, wrong, stale, rewrittenOther, statuses, webhooks, acknowledgedLost } = report;
  const { crashes, unbalanced, gaps, behind } = report;
  const examples = {
    missing,
    duplicates,
    wrong,
    stale,
    statuses,
    webhooks,
    crashes,
    'written again otherwise': rewrittenOther,
    'acknowledged and in no log': acknowledgedLost,
    'does not balance': unbalanced,
    gaps,
    'not at all servers': behind,
  };
  for (const [what, keys] of Object.entries(examples)) {
    for (const key of keys.slice(0, 20)) print(`${what}: ${key}`);
  }
  print(`seed ${seed}`);
  print(JSON.stringify({ rounds, ...countsOf(report) }));
  const bad = Object.values(examples).reduce((sum, keys) => sum + keys.length, 0);
  return bad + report.unacknowledgedLost === 0 && report.windows > 0;
}

function countsOf(report: ClusterReport) {
  const { windows, missing, wrong, stale, rewrittenSame, rewrittenOther, unacknowledgedLost, rounds } =
    report;
  return {
    windows,
    missing: missing.length,
    wrong: wrong.length,
    stale: stale.length,
    rewrittenSame,
    rewrittenOther: rewrittenOther.length,
    unacknowledgedLost,
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
