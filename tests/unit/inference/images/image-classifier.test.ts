import { describe, expect, it } from 'vitest';
import {
  createImageClassifier,
  type ImageModels,
} from '../../../../src/inference/images/image-classifier.js';
import { colourManifest } from '../../../helpers/colour-model.js';
import { jpegOf, RED } from '../../../helpers/pictures.js';

/** Models that answer when the test says so, with what was written for them. */
function manualModels(...names: readonly string[]) {
  const runs: { readonly model: string; readonly input: Float32Array; answer(): void }[] = [];
  const models: ImageModels = {
    manifests: names.map((name) => colourManifest({ name })),
    run: (model, write) =>
      new Promise((resolve) => {
        const input = new Float32Array(3 * 64);
        write(input, 0);
        const outputs = { label: Float32Array.of(0.5, 0.3, 0.2), features: Float32Array.of(3, 4, 0) };
        runs.push({ model, input, answer: () => resolve(outputs) });
      }),
  };
  return { runs, models };
}

const finderOf = () => Promise.resolve(undefined);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe(createImageClassifier, () => {
  it('decodes, runs the first model and names its answer', async () => {
    const { runs, models } = manualModels('first', 'second');
    let nowMs = 0;
    const elapsedMs = (): number => nowMs++;
    const classifier = createImageClassifier({
      models,
      decoders: 1,
      maxImages: 8,
      maxPeople: 4,
      finderOf,
      elapsedMs,
    });
    const answer = classifier.classify(await jpegOf(RED));
    await until(() => runs.length === 1);
    expect(runs[0]?.model).toBe('first');
    // Channels first, 0..1: red is high, the others low.
    expect(runs[0]?.input[0]).toBeGreaterThan(0.8);
    expect(runs[0]?.input[64]).toBeLessThan(0.2);
    runs[0]?.answer();
    expect(await answer).toEqual({
      model: 'first',
      modelVersion: '1',
      labels: [
        { label: 'red', probability: 0.5 },
        { label: 'green', probability: Math.fround(0.3) },
        { label: 'blue', probability: Math.fround(0.2) },
      ],
      people: undefined,
      embedding: Float32Array.of(0.6, 0.8, 0),
      timings: { decodeMs: 1, inferMs: 1, totalMs: 2 },
    });
  });

  it('refuses pictures beyond its limit, and takes more when one is done', async () => {
    const { runs, models } = manualModels('colour');
    const classifier = createImageClassifier({
      models,
      decoders: 4,
      maxImages: 2,
      maxPeople: 4,
      finderOf,
      elapsedMs: () => 0,
    });
    const picture = await jpegOf(RED);
    const answers = [classifier.classify(picture), classifier.classify(picture)];
    expect(classifier.hasRoom).toBe(false);
    await expect(classifier.classify(picture)).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      retryable: true,
      retryAfterMs: 1000,
    });
    await until(() => runs.length === 2);
    for (const run of runs) run.answer();
    await Promise.all(answers);
    expect(classifier.hasRoom).toBe(true);
  });

  it('has room again after a picture that cannot be read', async () => {
    const { models } = manualModels('colour');
    const classifier = createImageClassifier({
      models,
      decoders: 1,
      maxImages: 1,
      maxPeople: 4,
      finderOf,
      elapsedMs: () => 0,
    });
    await expect(classifier.classify(Buffer.from('text'))).rejects.toMatchObject({ code: 'IMAGE_REFUSED' });
    expect(classifier.hasRoom).toBe(true);
  });

  it('knows the active models only', async () => {
    const classifierOf = (...names: string[]) =>
      createImageClassifier({
        ...manualModels(...names),
        decoders: 1,
        maxImages: 1,
        maxPeople: 4,
        finderOf,
        elapsedMs: () => 0,
      });
    const picture = await jpegOf(RED);
    await expect(classifierOf('a', 'b').classify(picture, 'c')).rejects.toThrow('active are: a, b');
    await expect(classifierOf().classify(picture)).rejects.toThrow('name one in models.active');
  });

  it('looks at upper and lower garments of each person, of somebody cut off at the upper ones only', async () => {
    const { runs, models } = manualModels('items');
    const manifests = [
      ...models.manifests,
      colourManifest({ name: 'worn', people: { file: 'p', sha256: '' } }),
    ];
    const tall = { left: 0.1, top: 0, right: 0.4, bottom: 1, score: 0.9 };
    const cut = { left: 0.5, top: 0.2, right: 0.9, bottom: 0.6, score: 0.8 };
    const classifier = createImageClassifier({
      models: { ...models, manifests },
      decoders: 1,
      maxImages: 8,
      maxPeople: 2,
      elapsedMs: () => 0,
      finderOf: () => Promise.resolve({ find: () => Promise.resolve([tall, cut, tall]) } as never),
    });
    const answer = classifier.embedWorn(await jpegOf(RED, 100, 100), 'items');
    await until(() => runs.length === 3);
    for (const run of runs) run.answer();
    const { people } = await answer;
    expect(people.map(({ parts }) => parts.map(({ part }) => part))).toEqual([['upper', 'lower'], ['upper']]);
    expect(people[0]?.parts[1]?.box).toMatchObject({ left: 0.1, bottom: 1 });
    expect(people[0]?.parts[0]?.embedding).toEqual(Float32Array.of(0.6, 0.8, 0));
    await expect(classifier.embedWorn(await jpegOf(RED), 'worn')).rejects.toThrow('single garments');
  });

  it('says that no model finds people', async () => {
    const { models } = manualModels('items');
    const options = { models, decoders: 1, maxImages: 1, maxPeople: 1, finderOf, elapsedMs: () => 0 };
    const asked = createImageClassifier(options).embedWorn(await jpegOf(RED), 'items');
    await expect(asked).rejects.toThrow('No active image model finds people');
  });
});
