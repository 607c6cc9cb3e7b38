import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../src/domain/status.js';
import { type AlertCondition, alertRuleSchema } from '../../../../src/notify/alerts/rule-schema.js';
import {
  evaluateWatch,
  type Moment,
  type Observation,
  observe,
  type Watch,
  type WatchEvent,
} from '../../../../src/notify/alerts/watch.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const condition = (when: object): AlertCondition => alertRuleSchema.parse({ name: 'r', when }).when;
const ALONE = condition({ type: 'status', target: 'accompanied', is: 'no', forMinutes: 240 });
const TALK = condition({ type: 'status', target: 'conversation', is: 'yes' });
const SILENT = condition({ type: 'silent', forMinutes: 15 });
const COAT = condition({ type: 'label', label: 'coat', minProbability: 0.6, holdMinutes: 10 });

const status = (target: string, value: Status, sinceMs: number): Observation => ({
  kind: 'status',
  target,
  status: value,
  sinceMs,
});

/** A rule that watches one device. */
class World {
  watch: Watch = {};
  readonly said: string[] = [];
  readonly #condition: AlertCondition;
  readonly #cooldownMs: number;

  constructor(when: AlertCondition, cooldownMs = 0) {
    this.#condition = when;
    this.#cooldownMs = cooldownMs;
  }

  see(observation: Observation): void {
    this.watch = observe(this.#condition, this.watch, observation);
  }

  look(nowMs: number, moment: Partial<Moment> = {}): WatchEvent | undefined {
    const whole = {
      nowMs,
      activeSinceMs: 0,
      isQuiet: false,
      hearingSinceMs: 0,
      isStatusKnown: true,
      ...moment,
    };
    const { watch, verdict } = evaluateWatch(this.#condition, this.watch, whole, this.#cooldownMs);
    this.watch = watch;
    if (verdict !== undefined) this.said.push(`${verdict.kind} ${nowMs}`);
    return verdict;
  }
}

describe('a status that lasts', () => {
  it('is raised once it has lasted, and cleared when it is over', () => {
    const world = new World(ALONE);
    world.see(status('accompanied', 'no', 0));
    expect(world.look(4 * HOUR_MS - 1)).toBeUndefined();
    expect(world.look(4 * HOUR_MS)).toEqual({ kind: 'raised', sinceMs: 0 });
    expect(world.look(5 * HOUR_MS)).toBeUndefined();
    world.see(status('accompanied', 'yes', 6 * HOUR_MS));
    expect(world.look(6 * HOUR_MS)).toMatchObject({ kind: 'cleared', reason: 'condition-over', sinceMs: 0 });
  });

  it('counts from when its hours began, and is cleared when they end', () => {
    const world = new World(ALONE);
    world.see(status('accompanied', 'no', 0));
    const morning = { activeSinceMs: 8 * HOUR_MS };
    expect(world.look(11 * HOUR_MS, morning)).toBeUndefined();
    expect(world.look(12 * HOUR_MS, morning)).toEqual({ kind: 'raised', sinceMs: 8 * HOUR_MS });
    expect(world.look(20 * HOUR_MS, { activeSinceMs: undefined })).toMatchObject({ reason: 'hours-over' });
    expect(world.look(36 * HOUR_MS, { activeSinceMs: 32 * HOUR_MS })).toEqual({
      kind: 'raised',
      sinceMs: 32 * HOUR_MS,
    });
  });

  it('bears being unknown for a while, not for longer', () => {
    const world = new World(ALONE);
    world.see(status('accompanied', 'no', 0));
    world.see(status('accompanied', 'unknown', HOUR_MS));
    world.see(status('accompanied', 'unknown', HOUR_MS));
    world.look(HOUR_MS + 10 * MINUTE_MS);
    world.see(status('accompanied', 'no', HOUR_MS + 10 * MINUTE_MS));
    expect(world.look(4 * HOUR_MS)).toMatchObject({ kind: 'raised', sinceMs: 0 });
    world.see(status('accompanied', 'unknown', 5 * HOUR_MS));
    expect(world.look(5 * HOUR_MS + 10 * MINUTE_MS)).toBeUndefined();
    expect(world.look(5 * HOUR_MS + 10 * MINUTE_MS + 1)).toMatchObject({ kind: 'cleared' });
  });

  it('begins again after too long a doubt, also when nobody looked meanwhile', () => {
    const world = new World(ALONE);
    world.see(status('accompanied', 'no', 0));
    world.see(status('accompanied', 'unknown', HOUR_MS));
    world.see(status('accompanied', 'no', HOUR_MS + 10 * MINUTE_MS + 1));
    expect(world.look(4 * HOUR_MS)).toBeUndefined();
    expect(world.look(5 * HOUR_MS + 10 * MINUTE_MS + 1)).toMatchObject({ kind: 'raised' });
  });

  it('is raised only while it is known: neither while unknown nor before it was heard after a start', () => {
    const world = new World(condition({ type: 'status', target: 'accompanied', is: 'no', forMinutes: 1 }));
    world.see(status('accompanied', 'no', 0));
    world.see(status('accompanied', 'unknown', 49_000));
    expect(world.look(MINUTE_MS)).toBeUndefined();
    world.see(status('accompanied', 'no', 70_000));
    expect(world.look(75_000, { isStatusKnown: false })).toBeUndefined();
    expect(world.look(75_000)).toEqual({ kind: 'raised', sinceMs: 0 });
  });

  it('that asks for unknown is raised by it', () => {
    const world = new World(
      condition({ type: 'status', target: 'accompanied', is: ['no', 'unknown'], forMinutes: 1 }),
    );
    world.see(status('accompanied', 'no', 0));
    world.see(status('accompanied', 'unknown', 49_000));
    expect(world.look(MINUTE_MS)).toEqual({ kind: 'raised', sinceMs: 0 });
  });

  it('is raised at once where it need not last, and again after the cooldown', () => {
    const world = new World(TALK, 5 * MINUTE_MS);
    for (const [value, atMs] of [
      ['yes', 0],
      ['no', 10],
      ['yes', 20],
    ] as const) {
      world.see(status('conversation', value, atMs));
      world.look(atMs);
    }
    expect(world.said).toEqual(['raised 0', 'cleared 10']);
    world.look(10 + 5 * MINUTE_MS);
    expect(world.said).toEqual(['raised 0', 'cleared 10', `raised ${10 + 5 * MINUTE_MS}`]);
  });

  it('is not disturbed by what is found out again after a crash', () => {
    const world = new World(TALK);
    for (const [value, atMs] of [
      ['yes', 0],
      ['no', 10],
      ['yes', 20],
    ] as const) {
      world.see(status('conversation', value, atMs));
      world.look(atMs);
    }
    world.see(status('conversation', 'no', 10));
    expect(world.look(30)).toBeUndefined();
    expect(world.watch.open).toMatchObject({ sinceMs: 20 });
  });

  it('cares for its own target only', () => {
    const world = new World(TALK);
    world.see(status('accompanied', 'yes', 0));
    expect(world.look(HOUR_MS)).toBeUndefined();
  });
});

describe('silence', () => {
  it('is raised after so long, from when devices could be heard on', () => {
    const world = new World(SILENT);
    world.see({ kind: 'heard', atMs: 0 });
    expect(world.look(16 * MINUTE_MS, { hearingSinceMs: 10 * MINUTE_MS })).toBeUndefined();
    expect(world.look(25 * MINUTE_MS, { hearingSinceMs: 10 * MINUTE_MS })).toMatchObject({ sinceMs: 0 });
    // A restart of the gateway ends no silence.
    expect(world.look(26 * MINUTE_MS, { hearingSinceMs: 26 * MINUTE_MS })).toBeUndefined();
    world.see({ kind: 'heard', atMs: 27 * MINUTE_MS });
    expect(world.look(27 * MINUTE_MS)).toMatchObject({ kind: 'cleared', reason: 'condition-over' });
  });

  it('is not said of a device that was never heard', () => {
    expect(new World(SILENT).look(1e12)).toBeUndefined();
  });
});

describe('a label', () => {
  it('is raised when it is seen surely enough, and cleared when it was not seen for so long', () => {
    const world = new World(COAT);
    world.see({ kind: 'label', label: 'coat', probability: 0.5, atMs: 0 });
    world.see({ kind: 'label', label: 'shirt', probability: 0.9, atMs: 0 });
    expect(world.look(0)).toBeUndefined();
    world.see({ kind: 'label', label: 'coat', probability: 0.7, atMs: 1000 });
    expect(world.look(1000)).toMatchObject({ kind: 'raised' });
    world.see({ kind: 'label', label: 'coat', probability: 0.6, atMs: 9 * MINUTE_MS });
    expect(world.look(19 * MINUTE_MS)).toBeUndefined();
    expect(world.look(19 * MINUTE_MS + 1)).toMatchObject({ kind: 'cleared' });
  });
});

describe('a label that nobody looked for meanwhile', () => {
  it('is another sighting after so long', () => {
    const world = new World(COAT);
    world.see({ kind: 'label', label: 'coat', probability: 0.7, atMs: 0 });
    expect(world.look(0)).toMatchObject({ kind: 'raised', sinceMs: 0 });
    world.see({ kind: 'label', label: 'coat', probability: 0.7, atMs: HOUR_MS });
    expect(world.look(HOUR_MS)).toMatchObject({ kind: 'cleared', sinceMs: 0 });
    expect(world.look(HOUR_MS)).toMatchObject({ kind: 'raised', sinceMs: HOUR_MS });
  });
});

describe('quiet hours', () => {
  it('say nothing, and afterwards what still holds', () => {
    const world = new World(TALK);
    world.see(status('conversation', 'yes', 0));
    expect(world.look(0, { isQuiet: true })).toBeUndefined();
    expect(world.look(HOUR_MS)).toMatchObject({ kind: 'raised', sinceMs: 0 });
    world.see(status('conversation', 'no', 2 * HOUR_MS));
    expect(world.look(2 * HOUR_MS, { isQuiet: true })).toBeUndefined();
    expect(world.look(3 * HOUR_MS)).toMatchObject({ kind: 'cleared' });
  });
});

describe('whatever happens', () => {
  const observation = fc.oneof(
    fc.record({
      kind: fc.constant('status' as const),
      target: fc.constantFrom('accompanied', 'conversation'),
      status: fc.constantFrom<Status>('yes', 'no', 'unknown'),
    }),
    fc.record({ kind: fc.constant('heard' as const) }),
    fc.record({
      kind: fc.constant('label' as const),
      label: fc.constantFrom('coat', 'shirt'),
      probability: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 2 * HOUR_MS }),
    seen: observation,
    isQuiet: fc.boolean(),
    isActive: fc.boolean(),
  });

  it('alerts are raised and cleared in turn, never in quiet hours, and a restart changes nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(ALONE, TALK, SILENT, COAT),
        fc.array(step, { maxLength: 60 }),
        (when, steps) => {
          const [whole, restarted] = [new World(when, MINUTE_MS), new World(when, MINUTE_MS)];
          let nowMs = 1;
          let activeSinceMs: number | undefined;
          for (const { afterMs, seen, isQuiet, isActive } of steps) {
            nowMs += afterMs;
            activeSinceMs = isActive ? (activeSinceMs ?? nowMs) : undefined;
            const kinds: string[] = [];
            restarted.watch = JSON.parse(JSON.stringify(restarted.watch));
            for (const world of [whole, restarted]) {
              const times: object = { atMs: nowMs, sinceMs: nowMs };
              world.see({ ...seen, ...times } as Observation);
              const verdict = world.look(nowMs, { isQuiet, activeSinceMs });
              if (isQuiet) expect(verdict).toBeUndefined();
              if (verdict?.kind === 'raised') expect(activeSinceMs).toBeDefined();
              kinds.push(verdict?.kind ?? 'nothing');
            }
            expect(kinds[0]).toBe(kinds[1]);
          }
          const kinds = whole.said.map((text) => text.split(' ')[0]);
          expect(kinds).toEqual(kinds.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared')));
        },
      ),
    );
  });
});
