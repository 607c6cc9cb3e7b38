import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_REJECT_REASONS, SAMPLE_FATES } from '../../../src/domain/ledger.js';
import { SKIP_REASONS } from '../../../src/domain/window.js';
import { createLedger, type Ledger, sumOfLedgers, withoutPending } from '../../../src/telemetry/ledger.js';

/** A gateway as small as can be: what it holds is its own, and the ledger is told of every move. */
interface TinyGateway {
  readonly ledger: Ledger;
  pending: number;
}

type Step = (gateway: TinyGateway) => void;

const reason = fc.constantFrom(...MESSAGE_REJECT_REASONS);
const fate = fc.constantFrom(...SAMPLE_FATES);
const skip = fc.constantFrom(...SKIP_REASONS, 'store-refused' as const);
const count = fc.integer({ min: 1, max: 1000 });

const accept = fc.array(fc.tuple(fate, count), { maxLength: 4 }).map((fates): Step => {
  return ({ ledger }) => {
    ledger.messageReceived();
    ledger.messageAccepted();
    ledger.samplesAccepted(fates.reduce((sum, [, samples]) => sum + samples, 0));
    for (const [name, samples] of fates) ledger.samplesSettled(name, samples);
  };
});
const rejectMessage = reason.map((why): Step => {
  return ({ ledger }) => {
    ledger.messageReceived();
    ledger.messageRejected(why);
  };
});
const due = count.map((windows): Step => {
  return (gateway) => {
    gateway.ledger.windowsDue(windows);
    gateway.pending += windows;
  };
});
const store = count.map((wanted): Step => {
  return (gateway) => {
    const windows = Math.min(wanted, gateway.pending);
    gateway.pending -= windows;
    gateway.ledger.windowsStored(windows);
  };
});
const skipWindows = fc.tuple(skip, count).map(([why, wanted]): Step => {
  return (gateway) => {
    const windows = Math.min(wanted, gateway.pending);
    gateway.pending -= windows;
    gateway.ledger.windowsSkipped(why, windows);
  };
});
const steps = fc.array(fc.oneof(accept, rejectMessage, due, store, skipWindows), { maxLength: 60 });

/** What a gateway must not do: each loses or invents something. */
const slips: Readonly<Record<string, Step>> = {
  'a message neither accepted nor rejected': ({ ledger }) => ledger.messageReceived(),
  'a message rejected twice': ({ ledger }) => {
    ledger.messageReceived();
    ledger.messageRejected('not-json');
    ledger.messageRejected('wrong-shape');
  },
  'samples without a fate': ({ ledger }) => ledger.samplesAccepted(3),
  'samples that were never accepted': ({ ledger }) => ledger.samplesSettled('late', 1),
  'a window dropped in silence': ({ ledger }) => ledger.windowsDue(1),
  'a window stored twice': (gateway) => {
    gateway.ledger.windowsDue(1);
    gateway.ledger.windowsStored(2);
  },
};

function createTinyGateway(): TinyGateway {
  const gateway: TinyGateway = { ledger: createLedger(() => gateway.pending), pending: 0 };
  return gateway;
}

describe(createLedger, () => {
  it('balances after every step of a gateway that loses nothing', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const gateway = createTinyGateway();
        for (const step of sequence) {
          step(gateway);
          expect(gateway.ledger.snapshot().balanced).toBe(true);
        }
      }),
    );
  });

  it.each(Object.entries(slips))('finds %s', (_name, slip) => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const gateway = createTinyGateway();
        for (const step of before) step(gateway);
        slip(gateway);
        for (const step of after) step(gateway);
        expect(gateway.ledger.snapshot().balanced).toBe(false);
      }),
    );
  });

  it('answers in the shape of the API, with reasons only where something happened', () => {
    const ledger = createLedger(() => 1);
    ledger.messageReceived();
    ledger.messageReceived();
    ledger.messageAccepted();
    ledger.messageRejected('bad-device');
    ledger.samplesAccepted(5);
    ledger.samplesSettled('used', 4);
    ledger.samplesSettled('late', 1);
    ledger.windowsDue(3);
    ledger.windowsStored(1);
    ledger.windowsSkipped('low-coverage', 1);
    ledger.sensorIgnored('barometer', 7);
    ledger.frameReceived();
    ledger.frameRejected('damaged');
    expect(ledger.snapshot()).toEqual({
      balanced: true,
      messages: { received: 2, accepted: 1, rejected: { 'bad-device': 1 } },
      samples: {
        accepted: 5,
        used: 4,
        late: 1,
        future: 0,
        past: 0,
        duplicate: 0,
        invalid: 0,
        'too-fast': 0,
        overflow: 0,
      },
      windows: { due: 3, stored: 1, skipped: { 'low-coverage': 1 }, pending: 1 },
      frames: { received: 1, classified: 0, rejected: { damaged: 1 }, pending: 0 },
      ignoredSensors: { barometer: 7 },
    });
  });

  it('finds a frame that was lost', () => {
    let inWork = 0;
    const ledger = createLedger(
      () => 0,
      () => inWork,
    );
    ledger.frameReceived();
    expect(ledger.snapshot().balanced).toBe(false);
    inWork = 1;
    expect(ledger.snapshot().balanced).toBe(true);
    inWork = 0;
    ledger.frameClassified();
    expect(ledger.snapshot().balanced).toBe(true);
  });

  it('gives snapshots that do not change afterwards', () => {
    const ledger = createLedger(() => 0);
    const before = ledger.snapshot();
    ledger.messageReceived();
    ledger.messageRejected('not-json');
    expect(before.messages).toEqual({ received: 0, accepted: 0, rejected: {} });
  });

  it('remembers a bounded number of ignored sensors, cut to a bounded length', () => {
    const ledger = createLedger(() => 0);
    for (let index = 0; index < 1000; index++) ledger.sensorIgnored(`${index}-${'x'.repeat(5000)}`, 2);
    ledger.sensorIgnored('__proto__', 1);
    const { ignoredSensors } = ledger.snapshot();
    expect(Object.keys(ignoredSensors)).toHaveLength(101);
    expect(Math.max(...Object.keys(ignoredSensors).map((name) => name.length))).toBe(64);
    expect(ignoredSensors['(other)']).toBe(1801);
  });
});

describe('several ledgers', () => {
  const ledgerOf = (pending: number, due: number) => {
    const ledger = createLedger(() => pending);
    ledger.messageReceived();
    ledger.messageRejected('not-json');
    ledger.samplesAccepted(3);
    ledger.samplesSettled('late', 3);
    ledger.sensorIgnored('pressure', 2);
    ledger.windowsDue(due);
    ledger.windowsStored(due - pending);
    return ledger.snapshot();
  };

  it('are one, which balances when each does', () => {
    const sum = sumOfLedgers([ledgerOf(1, 5), ledgerOf(0, 2)]);
    expect(sum).toMatchObject({
      balanced: true,
      messages: { received: 2, accepted: 0, rejected: { 'not-json': 2 } },
      samples: { accepted: 6, late: 6, used: 0 },
      windows: { due: 7, stored: 6, pending: 1 },
      ignoredSensors: { pressure: 4 },
    });
    const tilted = { ...ledgerOf(0, 1), balanced: false };
    expect(sumOfLedgers([ledgerOf(0, 1), tilted]).balanced).toBe(false);
  });

  it('go on without what was under way, which is due again', () => {
    expect(withoutPending(ledgerOf(1, 5)).windows).toMatchObject({ due: 4, stored: 4, pending: 0 });
  });
});
