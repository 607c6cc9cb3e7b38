import { describe, expect, it } from 'vitest';
import { Accompaniment } from '../../../src/company/accompaniment.js';
import type { SeenDevice } from '../../../src/company/companions.js';
import { makeUpdate } from '../../helpers/make-results.js';
import { idOf } from './company-rows.js';

const [ANNA, BEN] = [idOf('anna'), idOf('ben')];
const MINUTE_MS = 60_000;

const create = (isClosed = false) => new Accompaniment({ isClosed, heartbeatMs: MINUTE_MS });
const alone = (atMs: number, sinceMs = atMs): SeenDevice => ({
  device: ANNA,
  atMs,
  sinceMs,
  company: undefined,
  isGone: false,
});
const withBen = (atMs: number, sinceMs: number): SeenDevice => ({
  device: ANNA,
  atMs,
  sinceMs,
  isGone: false,
  company: { with: BEN, status: 'together', sinceMs, probability: 0.9 },
});
const said = (update: ReturnType<Accompaniment['seen']>) =>
  update && [update.kind, update.status, update.sinceMs, update.atMs];

describe(Accompaniment, () => {
  it('says nothing while nobody is found, yes while somebody is there, then unknown', () => {
    const accompaniment = create();
    expect(accompaniment.seen(alone(1000))).toBeUndefined();
    expect(accompaniment.seen(alone(200_000))).toBeUndefined();
    expect(accompaniment.seen(withBen(240_000, 180_000))).toEqual({
      id: 'anna/accompanied/180000/yes',
      device: ANNA,
      target: 'accompanied',
      kind: 'change',
      status: 'yes',
      confidence: 0.9,
      sinceMs: 180_000,
      atMs: 180_000,
    });
    expect(said(accompaniment.seen(alone(500_000, 450_000)))).toEqual([
      'change',
      'unknown',
      450_000,
      450_000,
    ]);
    expect(accompaniment.seen(alone(600_000, 450_000))).toBeUndefined();
  });

  it('repeats what holds, and never says anything older than what it said', () => {
    const accompaniment = create();
    accompaniment.seen(withBen(1000, 500));
    expect(accompaniment.seen(withBen(60_000, 500))).toBeUndefined();
    expect(said(accompaniment.seen(withBen(60_500, 500)))).toEqual(['heartbeat', 'yes', 500, 60_500]);
    expect(said(accompaniment.seen(alone(70_000, 30_000)))).toEqual(['change', 'unknown', 60_501, 60_501]);
  });

  it('says no once it has looked for a minute, where everybody carries a device', () => {
    const accompaniment = create(true);
    expect(accompaniment.seen(alone(1000))).toBeUndefined();
    expect(said(accompaniment.seen(alone(61_000, 1000)))).toEqual(['change', 'no', 1000, 1000]);
    expect(said(accompaniment.seen(withBen(90_000, 80_000)))).toEqual(['change', 'yes', 80_000, 80_000]);
    const gone = { ...alone(100_000), isGone: true };
    expect(said(accompaniment.seen(gone))).toEqual(['change', 'unknown', 100_000, 100_000]);
    expect(accompaniment.seen(alone(200_000))).toBeUndefined();
  });

  it('holds back what a model says of somebody who has company, and lets it hold again afterwards', () => {
    const accompaniment = create();
    const word = (atMs: number) =>
      makeUpdate({ device: ANNA, target: 'accompanied', status: 'no', confidence: 0.7, atMs, sinceMs: atMs });
    accompaniment.seen(alone(1000));
    expect(accompaniment.told(word(2000))).toEqual(word(2000));
    expect(said(accompaniment.seen(withBen(3000, 1500)))).toEqual(['change', 'yes', 2001, 2001]);
    expect(accompaniment.told(word(4000))).toBeUndefined();
    expect(said(accompaniment.seen(alone(9000)))).toEqual(['change', 'no', 9000, 9000]);
    const other = makeUpdate({ device: ANNA, target: 'conversation' });
    expect(accompaniment.told(other)).toEqual(other);
  });

  it('goes on with what an earlier run said without saying it again', () => {
    const accompaniment = create();
    accompaniment.resume({
      device: ANNA,
      with: BEN,
      status: 'together',
      probability: 1,
      sinceMs: 500,
      atMs: 500,
    });
    expect(said(accompaniment.seen(withBen(60_500, 500)))).toEqual(['heartbeat', 'yes', 500, 60_500]);
  });
});
