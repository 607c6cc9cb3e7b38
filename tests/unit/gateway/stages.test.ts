import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import type { StatusPoint } from '../../../src/domain/store.js';
import {
  activeOf,
  atPaceOf,
  caveatsOf,
  createTimelineBuilder,
  statusFilterOf,
  trackOptions,
} from '../../../src/gateway/stages.js';
import { type SequenceManifest, speaksOf } from '../../../src/inference/models/manifest.js';
import { isSimulatedPhone } from '../../../src/recordings/simulation/create-phones.js';
import { deviceId } from '../../helpers/make-results.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

const options = { smoothingMs: 0, hysteresis: 0.1, dwellMs: 5000, silenceMs: 1000, heartbeatMs: 60_000 };

function model(target: string, strideSamples: number) {
  const classes = ['no', 'yes'];
  return {
    strideSamples,
    samplingRateHz: 50,
    targets: [{ name: target, output: target, classes, threshold: 0.5 }],
  };
}

describe(atPaceOf, () => {
  it('takes no device for silent before its next window is due', () => {
    const manifests = [model('accompanied', 64), model('accompanied', 100), model('conversation', 500)];
    expect(atPaceOf(options, manifests, 'accompanied')).toEqual({ ...options, silenceMs: 3000 });
  });

  it('leaves a longer silence as it is, and one of a target that no model has', () => {
    const long = { ...options, silenceMs: 15_000 };
    expect(atPaceOf(long, [model('accompanied', 64)], 'accompanied')).toEqual(long);
    expect(atPaceOf(options, [model('accompanied', 64)], 'other')).toEqual(options);
  });

  it('smooths over three windows at least, unless nothing is to be smoothed', () => {
    const smooth = { ...options, smoothingMs: 4000, silenceMs: 15_000 };
    const pace = (strideSamples: number) =>
      atPaceOf(smooth, [model('accompanied', strideSamples)], 'accompanied').smoothingMs;
    expect(pace(64)).toBe(4000);
    expect(pace(500)).toBe(30_000);
    expect(atPaceOf(options, [model('accompanied', 500)], 'accompanied').smoothingMs).toBe(0);
  });
});

describe(caveatsOf, () => {
  const real = tinyManifest();
  const simulated = { ...real, provenance: { ...real.provenance, simulated: true } };
  const [target] = real.targets.map(({ name }) => name);
  const isSimulated = (manifests: readonly SequenceManifest[], isCandidate = false) =>
    caveatsOf(activeOf({ manifests, isCandidate: () => isCandidate }), target ?? '', 'assumed').simulated ===
    true;

  it('asks the model that decides: the first that is no candidate', () => {
    expect(isSimulated([simulated, real])).toBe(true);
    expect(isSimulated([real, simulated])).toBe(false);
    expect(isSimulated([simulated], true)).toBe(false);
    expect(isSimulated([])).toBe(false);
  });

  it('asks the model for where the device is worn', () => {
    const models = [
      { ...simulated, placement: 'chest' as const },
      { ...real, placement: 'wrist' as const },
    ];
    expect(caveatsOf(models, target ?? '', 'chest')).toEqual({ simulated: true });
    expect(caveatsOf(models, target ?? '', 'wrist')).toEqual({});
    expect(caveatsOf(models, target ?? '', 'hand')).toEqual({});
  });

  it('says that a placement is assumed, of a model for one place alone', () => {
    expect(caveatsOf([{ ...real, placement: 'chest' }], target ?? '', 'assumed')).toEqual({
      placement: 'assumed',
    });
    expect(caveatsOf([real], target ?? '', 'assumed')).toEqual({});
  });

  it('knows models that were trained on simulated recordings by what they learnt from', () => {
    const data = 'Simulated phones: 3 simulated people, 2 minutes each (seed 1).';
    expect(isSimulated([{ ...real, provenance: { ...real.provenance, data } }])).toBe(true);
  });
});

describe(speaksOf, () => {
  const real = tinyManifest();
  const simulated = { ...real, provenance: { ...real.provenance, simulated: true } };
  const phones = ['phone-0001', 'phone-12345', 'phone-1', 'annas-phone-0001', 'phone-0001.2', 'pixel'];

  it('lets a model of simulated people speak of simulated phones only, where they are known', () => {
    const told = (manifest: SequenceManifest) =>
      phones.filter((name) => speaksOf(manifest, deviceId(name), isSimulatedPhone));
    expect(told(simulated)).toEqual(['phone-0001', 'phone-12345']);
    expect(told(real)).toEqual(phones);
  });

  it('lets it speak of all where they are not known: who names it by hand sees its statuses marked', () => {
    expect(speaksOf(simulated, deviceId('pixel'), undefined)).toBe(true);
  });
});

describe(trackOptions, () => {
  it('has of a target’s own settings those that are given, and else those of all targets', () => {
    const track = { dwellMs: 1, smoothingMs: 2, targets: { accompanied: { hysteresis: 0.25, dwellMs: 3 } } };
    const config = configSchema.parse({ track });
    expect(trackOptions(config, 'accompanied')).toMatchObject({
      dwellMs: 3,
      smoothingMs: 2,
      hysteresis: 0.25,
    });
    expect(trackOptions(config, 'conversation')).toMatchObject({
      dwellMs: 1,
      smoothingMs: 2,
      hysteresis: 0.1,
    });
  });
});

const filter = {
  calibration: [
    { slope: 0.5, bias: 0.25 },
    { slope: 0.75, bias: -0.25 },
  ],
  shares: [0.75, 0.25],
  meanDurationMs: 600_000,
  independentMs: 40_000,
  certainty: [0.9, 0.6],
};

describe(createTimelineBuilder, () => {
  const track = { heartbeatMs: 60_000, silenceMs: 15_000, dwellMs: 5000 };
  const said: StatusPoint = {
    device: deviceId('anna'),
    target: 'accompanied',
    status: 'yes',
    atMs: 0,
    confidence: 0.9,
  };
  const heldMs = (learnt?: typeof filter) => {
    const target = {
      name: 'accompanied',
      output: 'p',
      classes: ['no', 'yes'],
      threshold: 0.5,
      filter: learnt,
    };
    const build = createTimelineBuilder(configSchema.parse({ track }), () => [{ targets: [target] }]);
    return build([said], { fromMs: 0, toMs: 3_600_000 })[0]?.toMs;
  };

  it('lets a status hold for a heartbeat, and longer only where a filter may date a change back', () => {
    expect(heldMs()).toBe(80_000);
    expect(heldMs(filter)).toBe(195_000);
  });
});

describe(statusFilterOf, () => {
  const target = { name: 'accompanied', classes: ['alone', 'together'], filter };
  const filterAt = (track: object, of = target) => statusFilterOf(configSchema.parse({ track }), of);

  it('is what the model learnt, by the statuses that its classes stand for', () => {
    expect(filterAt({})).toEqual({
      statuses: [
        { status: 'no', slope: 0.5, bias: 0.25, share: 0.75, certainty: 0.9 },
        { status: 'yes', slope: 0.75, bias: -0.25, share: 0.25, certainty: 0.6 },
      ],
      meanDurationMs: 600_000,
      independentMs: 40_000,
    });
    const three = { ...target, classes: ['2', '10', '1'] };
    expect(filterAt({}, three)?.statuses.map(({ status }) => status)).toEqual(['2', '10', '1']);
  });

  it('has the settings on top, those of the target before the common ones', () => {
    const track = { certainty: 0.8, meanDurationMs: 1000, targets: { accompanied: { certainty: 0.7 } } };
    expect(filterAt(track)).toMatchObject({
      statuses: [{ certainty: 0.7 }, { certainty: 0.7 }],
      meanDurationMs: 1000,
      independentMs: 40_000,
    });
  });

  it('is none of a model that learnt none or no calibration, and where smoothing is asked for', () => {
    const smoothed = { targets: { accompanied: { filter: 'smoothing' } } };
    for (const unusable of [undefined, { ...filter, calibration: undefined }])
      expect(statusFilterOf(configSchema.parse({}), { ...target, filter: unusable })).toBeUndefined();
    expect(filterAt({ filter: 'smoothing' })).toBeUndefined();
    expect(filterAt(smoothed)).toBeUndefined();
    expect(filterAt(smoothed, { ...target, name: 'conversation' })).toBeDefined();
    expect(filterAt({ filter: 'smoothing', targets: { accompanied: { certainty: 0.7 } } })).toBeUndefined();
  });
});
