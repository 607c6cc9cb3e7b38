import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dressPeople } from '../../../../src/inference/images/dressed-people.js';
import { Finders, peopleOf, personRegion } from '../../../../src/inference/images/people.js';
import { cropPicture, WHOLE_PICTURE } from '../../../../src/inference/images/rgb-image.js';
import type { ImageManifest } from '../../../../src/inference/models/manifest.js';
import { readManifest } from '../../../../src/inference/models/model-folder.js';
import { colourManifest } from '../../../helpers/colour-model.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

describe(peopleOf, () => {
  it('gives each person one box, the surest first, and none below the limit', () => {
    const boxes = [
      [0.1, 0.1, 0.9, 0.4],
      [0.12, 0.1, 0.92, 0.41],
      [0.2, 0.6, 0.8, 0.8],
      // A face of the first.
      [0.12, 0.2, 0.25, 0.3],
      [0.5, 0.85, 0.9, 0.95],
    ];
    const people = peopleOf(Float32Array.of(0.6, 0.7, 0.8, 0.5, 0.1), Float32Array.from(boxes.flat()));
    expect(people.map(({ score }) => Math.round(score * 10))).toEqual([8, 7]);
    expect(people[0]?.left).toBeCloseTo(0.6, 5);
  });
});

describe(personRegion, () => {
  it('has the whole box in it and the proportions of the model', () => {
    const share = fc.double({ min: 0.05, max: 0.9, noNaN: true });
    const sides = fc.integer({ min: 50, max: 1000 });
    fc.assert(
      fc.property(share, share, sides, sides, (width, height, widthPixels, heightPixels) => {
        const picture = { widthPixels, heightPixels, data: new Uint8Array() };
        const box = { left: 0.5 - width / 2, right: 0.5 + width / 2, top: 0.05, bottom: 0.05 + height };
        const region = personRegion(box, picture, 0.5);
        expect(region.left).toBeLessThan(box.left);
        expect(region.bottom).toBeGreaterThan(box.bottom);
        const wide = (region.right - region.left) * widthPixels;
        expect(wide / ((region.bottom - region.top) * heightPixels)).toBeCloseTo(0.5, 6);
      }),
    );
  });

  it('leaves room for legs below who is cut off by the lower edge, and for a head above who is by the upper one', () => {
    const picture = { widthPixels: 100, heightPixels: 100, data: new Uint8Array() };
    const box = { left: 0.3, right: 0.7 };
    const cutBelow = personRegion({ ...box, top: 0.5, bottom: 1 }, picture, 0.5);
    expect([cutBelow.top, cutBelow.bottom]).toEqual([expect.closeTo(0.48, 6), expect.closeTo(1.4, 6)]);
    const cutAbove = personRegion({ ...box, top: 0, bottom: 0.5 }, picture, 0.5);
    expect([cutAbove.top, cutAbove.bottom]).toEqual([expect.closeTo(-0.4, 6), expect.closeTo(0.52, 6)]);
    const whole = personRegion({ ...box, top: 0.25, bottom: 0.75 }, picture, 0.5);
    expect((whole.top + whole.bottom) / 2).toBeCloseTo(0.5, 6);
  });
});

describe(cropPicture, () => {
  const picture = {
    widthPixels: 4,
    heightPixels: 2,
    data: Uint8Array.from({ length: 24 }, (_, at) => at * 10),
  };

  it('leaves a picture as it is, whole and in its own size', () => {
    expect(cropPicture(picture, WHOLE_PICTURE, 4, 2)).toEqual(picture);
  });

  it('keeps the mean where it makes small, and one colour one colour anywhere', () => {
    const even = {
      widthPixels: 64,
      heightPixels: 64,
      data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (Math.floor(at / 3) % 2) * 200),
    };
    const small = cropPicture(even, WHOLE_PICTURE, 8, 8);
    expect(small.data.reduce((sum, value) => sum + value, 0) / small.data.length).toBeCloseTo(100, -1);
    const plain = { ...even, data: even.data.map(() => 70) };
    expect(
      new Set(cropPicture(plain, { left: 0.2, top: 0.1, right: 0.7, bottom: 0.33 }, 13, 9).data),
    ).toEqual(new Set([70]));
  });

  it('fills up what lies beyond the edges with grey', () => {
    const { data } = cropPicture(picture, { left: 2, top: 2, right: 3, bottom: 3 }, 2, 2);
    expect(new Set(data)).toEqual(new Set([128]));
  });
});

describe(dressPeople, () => {
  const manifest = {
    ...colourManifest({ name: 'worn' }),
    scores: 'labels' as const,
    thresholds: [0.4, 0.4, 0.4],
  };
  const picture = { widthPixels: 32, heightPixels: 32, data: new Uint8Array(32 * 32 * 3).fill(9) };
  const answers = [Float32Array.of(0.9, 0.5, 0.1), Float32Array.of(0.2, 0.7, 0.3)];
  const box = { left: 0.1, top: 0.1, right: 0.4, bottom: 0.9, score: 0.8 };
  const dress = (people: readonly (typeof box)[], maxPeople = 4, thresholds = {}) => {
    let runs = 0;
    return dressPeople(picture, {
      manifest,
      maxPeople,
      thresholds,
      finder: { find: () => Promise.resolve([...people]) },
      run: (write) => {
        write(new Float32Array(3 * manifest.widthPixels * manifest.heightPixels), 0);
        return Promise.resolve({ [manifest.output]: answers[runs++ % 2] ?? new Float32Array() });
      },
    });
  };

  it('gives each person the labels that reach their thresholds, and the picture each label at its likeliest', async () => {
    const { people, labels } = await dress([box, { ...box, left: 0.6, right: 0.9 }]);
    expect(people.map((person) => person.labels.map(({ label }) => label))).toEqual([
      ['red', 'green'],
      ['green'],
    ]);
    expect(labels.map(({ label }) => label)).toEqual(['red', 'green', 'blue']);
    expect(labels[1]?.probability).toBeCloseTo(0.7, 5);
  });

  it('lets thresholds be set by label', async () => {
    const { people } = await dress([box], 4, { green: 0.6, blue: 0.1 });
    expect(people[0]?.labels.map(({ label }) => label)).toEqual(['red', 'blue']);
  });

  it('looks at no more people than it may, and says nothing where there is nobody', async () => {
    expect((await dress([box, box, box], 2)).people).toHaveLength(2);
    expect(await dress([])).toEqual({ people: [], labels: [] });
  });

  it('takes the whole picture for a person where people cannot be found', async () => {
    const { people } = await dressPeople(picture, {
      manifest,
      maxPeople: 4,
      finder: undefined,
      run: () => Promise.resolve({ [manifest.output]: answers[0] ?? new Float32Array() }),
    });
    expect(people.map((person) => person.box)).toEqual([WHOLE_PICTURE]);
  });
});

const NAME = 'apparel-worn';

async function shippedManifest(): Promise<ImageManifest> {
  const manifest = await readManifest(join('models', NAME));
  if (manifest.kind !== 'image') throw new Error(`${NAME} is no image model`);
  return manifest;
}

describe('the shipped network that finds people', () => {
  it('finds nobody where there is nothing, whatever the proportions of the picture', async () => {
    await using finders = new Finders('models', () => undefined);
    const finder = await finders.of(await shippedManifest());
    for (const [widthPixels, heightPixels] of [
      [640, 480],
      [30, 900],
    ] as const) {
      const data = new Uint8Array(widthPixels * heightPixels * 3).fill(120);
      expect(await finder?.find({ widthPixels, heightPixels, data })).toEqual([]);
    }
  });

  it('is done without when its file is missing, said once, and refused when it is another', async () => {
    await using folder = await temporaryFolder();
    await cp(join('models', NAME), join(folder.path, NAME), { recursive: true });
    const file = join(folder.path, NAME, 'people.onnx');
    await rm(file);
    const said: string[] = [];
    await using finders = new Finders(folder.path, (words) => said.push(words));
    const manifest = await shippedManifest();
    expect([await finders.of(manifest), await finders.of(manifest)]).toEqual([undefined, undefined]);
    expect(said).toEqual([
      expect.stringMatching(/people\.onnx is missing: apparel-worn looks at pictures as a whole/),
    ]);
    await writeFile(file, 'something else');
    await expect(finders.of({ ...manifest })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
