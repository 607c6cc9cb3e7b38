import { expect, it } from 'vitest';
import { statusLines } from '../../../src/cli/cluster.js';
import type { GatewayStatus } from '../../../src/cluster/cluster-status.js';
import { sumOfLedgers } from '../../../src/telemetry/ledger.js';

const MEMBER = {
  version: '1.2.3',
  startedAtMs: 0,
  joinedAt: 1,
  clockOffsetMs: 0,
  isLeaving: false,
  models: [],
};

const gateway = (name: string, differences: Partial<GatewayStatus>): GatewayStatus => ({
  ...MEMBER,
  name,
  partitions: 1,
  lag: 2,
  silentMs: 400,
  ...differences,
});
const partition = (number: number, owner: string) => ({
  partition: number,
  owner,
  token: 3,
  position: 40,
  lag: 2,
});

it('the status of a cluster names who is silent, why one owns nothing, and what nobody works on', () => {
  const lines = statusLines({
    name: 'clinic',
    gateways: [
      gateway('east', {}),
      gateway('west', { silentMs: 4200 }),
      gateway('north', { silentMs: 9000, partitions: 0, lag: 0 }),
      gateway('south', {
        partitions: 0,
        lag: 0,
        obstacle: 'its models are not those of east: here a',
        clockOffsetMs: -300_000,
      }),
    ],
    partitions: [partition(0, 'east'), partition(1, 'west'), partition(2, '')],
    bridges: [
      { to: 'mqtt://broker:1883 as alongside', owner: 'east', token: 1, problem: 'no broker answers' },
      { to: 'mqtt://old:1883 as alongside', owner: '', token: 2 },
    ],
    ledger: sumOfLedgers([]),
  });
  expect(lines).toEqual([
    'cluster clinic: 3 partitions, 2 without an owner that is there',
    'gateway east: version 1.2.3, 1 partitions, 2 behind',
    'gateway west: version 1.2.3, 1 partitions, 2 behind; silent for 4 s: dead, hanging or cut off; others take what it owns',
    'gateway north: version 1.2.3, 0 partitions, 0 behind; silent for 9 s: dead, hanging or cut off; others have taken what it owned',
    'gateway south: version 1.2.3, 0 partitions, 0 behind; takes no partition: its models are not those of east: here a; its clock is corrected by -300 s',
    'bridge to mqtt://broker:1883 as alongside: east; no broker answers',
    'bridge to mqtt://old:1883 as alongside: no gateway; the broker keeps messages of QoS 1',
    'partition 0: east, token 3, at 40, 2 behind',
    'partition 1: west (silent), token 3, at 40, 2 behind',
    'partition 2: no owner, token 3, at 40, 2 behind',
    'windows: 0 due, 0 stored, 0 pending; ledger balances',
  ]);
});
