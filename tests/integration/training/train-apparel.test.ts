import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createEvaluateCommand } from '../../../src/cli/train/evaluate.js';
import { createTrainCommand } from '../../../src/cli/train/train.js';
import { readModelFolder } from '../../../src/inference/models/model-folder.js';
import { encodeModel } from '../../../src/training/onnx/encode-model.js';
import { createRandom } from '../../../src/training/random.js';
import { cliContext, type TestContext } from '../../helpers/cli-context.js';
import { buildGoogLeNet } from '../../helpers/googlenet.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';
import { writeTinyBackbone } from '../../helpers/tiny-backbone.js';

const COLOURS = { red: [200, 30, 30], green: [30, 190, 30], blue: [30, 40, 200] } as const;

async function train(context: TestContext, ...args: string[]): Promise<void> {
  const command = createTrainCommand(context);
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await command.parseAsync(['apparel', '--threads', '1', ...args], { from: 'user' });
}

async function evaluated(...args: string[]) {
  const context = cliContext();
  await createEvaluateCommand(context).parseAsync([...args, '--json'], { from: 'user' });
  return JSON.parse(context.lines.at(-1) ?? '');
}

/** Noisy pictures of one colour a class. */
async function writePictures(folder: string, perClass: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  for (const [name, colour] of Object.entries(COLOURS)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let index = 0; index < perClass; index++) {
      const pixels = Uint8Array.from({ length: 24 * 32 * 3 }, (_, at) => {
        return Math.min(255, (colour[at % 3] ?? 0) + random.below(50));
      });
      const picture = sharp(pixels, { raw: { width: 24, height: 32, channels: 3 } });
      await writeFile(join(folder, name, `${index}.jpg`), await picture.jpeg().toBuffer());
    }
  }
}

/** Upright pictures with a red top (a hat) or none, and blue below (a coat) or none; labels.csv beside them. */
async function writeDressed(folder: string, count: number): Promise<void> {
  await mkdir(folder);
  const random = createRandom(7);
  const lines = ['image,hat,coat,tags'];
  for (let index = 0; index < count; index++) {
    const [hasHat, hasCoat] = [index % 2 === 0, Math.floor(index / 2) % 2 === 0];
    const pixels = Uint8Array.from({ length: 24 * 48 * 3 }, (_, at) => {
      const isTop = at < 24 * 16 * 3;
      const isLit = isTop ? hasHat && at % 3 === 0 : hasCoat && at % 3 === 2;
      return (isLit ? 180 : 60) + random.below(40);
    });
    const picture = sharp(pixels, { raw: { width: 24, height: 48, channels: 3 } });
    await writeFile(join(folder, `${index}.jpg`), await picture.jpeg().toBuffer());
    lines.push(`${index}.jpg,${Number(hasHat)},${Number(hasCoat)},words`);
  }
  await writeFile(join(folder, 'labels.csv'), lines.join('\n'));
}

async function world(): Promise<TemporaryFolder & { at: (name: string) => string }> {
  const folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at('backbone'));
  await writeTinyBackbone(at('backbone'));
  await writePictures(at('train'), 12, 1);
  await writePictures(at('validation'), 4, 2);
  return { ...folder, at };
}

// Networks of real size are built and trained; a loaded machine takes minutes for it.
describe('alongside train apparel', { timeout: 300_000 }, () => {
  it('trains, measures and writes a model that evaluate scores the same', async () => {
    await using files = await world();
    const context = cliContext();
    const out = files.at('colours');
    const data = ['--data', files.at('train'), '--validation', files.at('validation')];
    const how = [
      '--folds',
      '3',
      '--tuned-folds',
      '--fine-tune',
      '2',
      '--teacher',
      files.at('backbone'),
      '--refit',
      '--json',
    ];
    await train(context, ...data, '--backbone', files.at('backbone'), '--out', out, ...how);
    const report = JSON.parse(context.lines.at(-1) ?? '');
    expect(report).toMatchObject({ model: out, images: 36 });
    expect(report.measurements.folds.folds).toHaveLength(3);
    expect(report.measurements.tunedFolds.folds).toHaveLength(3);

    const { manifest } = await readModelFolder(out);
    expect(manifest).toMatchObject({
      name: 'colours',
      kind: 'image',
      classes: ['blue', 'green', 'red'],
      widthPixels: 16,
      feature: 'image_features',
    });
    expect(manifest.provenance.metrics['validation.accuracy']).toBeGreaterThan(0.9);
    expect(manifest.provenance.metrics).toHaveProperty(['folds.accuracyDeviation']);
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card).toMatch(/3 folds of the training images.*\| 36 \|.*±/);
    expect(card).toContain('CC0-1.0');
    // Where fine-tuning paid, it was repeated on everything; where it did not, nothing of it is kept.
    const hasPaid = !context.notes.some((note) => note.includes('was no better'));
    expect(card.includes('once more on all training images')).toBe(hasPaid);

    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('<svg role="img" aria-label="label: confusion, images"');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toMatchObject({ name: 'colours' });

    expect(await evaluated('--model', out, '--data', files.at('validation'))).toMatchObject({
      images: 12,
      targets: { label: report.measurements.validation.folds[0] },
    });
  });

  it('reports images that are in training and validation, and pictures that are none', async () => {
    await using files = await world();
    await cp(join(files.at('validation'), 'red/0.jpg'), join(files.at('train'), 'red/copy.jpg'));
    await writeFile(join(files.at('train'), 'red/broken.jpg'), 'no picture');
    const context = cliContext();
    const data = ['--data', files.at('train'), '--validation', files.at('validation')];
    await train(context, ...data, '--backbone', files.at('backbone'), '--out', files.at('model'), '--json');
    expect(JSON.parse(context.lines.at(-1) ?? '')).toMatchObject({ images: 36 });
    expect(context.notes).toContainEqual(expect.stringMatching(/in training and validation.*copy\.jpg/));
    expect(context.notes).toContainEqual(expect.stringMatching(/left out: .*broken\.jpg: .*no JPEG/));
  });

  it('measures on the images that a split names, within groups, and by the nearest images', async () => {
    await using files = await world();
    const parts = Array.from(
      { length: 12 },
      (_, at) => `${at}.jpg,${at < 3 ? 'validation' : 'train'},${at % 2}`,
    );
    await writeFile(files.at('split.csv'), ['image,split,half', ...parts].join('\n'));
    const context = cliContext();
    await train(
      context,
      ...['--data', files.at('train'), '--backbone', files.at('backbone'), '--out', files.at('model')],
      ...['--split', files.at('split.csv'), '--within', `${files.at('split.csv')}:half`],
      ...['--views', '1', '--folds', '3', '--json'],
    );
    const { images, measurements } = JSON.parse(context.lines.at(-1) ?? '');
    expect(images).toBe(27);
    expect(measurements.validation).toMatchObject({
      protocol: 'validation images by split.csv, never trained on',
      topThree: 1,
      within: { 0: { images: 6 }, 1: { images: 3 } },
    });
    expect(measurements.neighbours.within[1]).toMatchObject({ images: 15, accuracy: 1 });
    expect(measurements.folds.foldSeconds).toBeGreaterThan(0);

    const asked = [
      '--model',
      files.at('model'),
      '--data',
      files.at('train'),
      '--split',
      files.at('split.csv'),
    ];
    const { images: scored, targets } = await evaluated(
      ...asked,
      '--within',
      `${files.at('split.csv')}:half`,
    );
    expect(scored).toBe(9);
    expect(targets.label).toMatchObject({
      confusion: measurements.validation.folds[0].confusion,
      within: measurements.validation.within,
    });
    // With a second folder, what the split says of its images counts as well.
    const both = await evaluated(...asked, '--validation', files.at('validation'));
    expect(both.images).toBe(18);
    await expect(evaluated(...asked.slice(0, 4), '--validation', 'x')).rejects.toThrow('needs --split');
    await writeFile(join(files.at('train'), 'labels.csv'), 'image,hat,coat');
    await expect(evaluated(...asked)).rejects.toThrow('--split: ');
  });

  it('refuses a class folder with one image before it computes anything', async () => {
    await using files = await world();
    await mkdir(join(files.at('train'), 'yellow'));
    await cp(join(files.at('train'), 'red/0.jpg'), join(files.at('train'), 'yellow/0.jpg'));
    const training = train(
      cliContext(),
      ...['--data', files.at('train'), '--backbone', files.at('backbone'), '--out', files.at('model')],
    );
    await expect(training).rejects.toMatchObject({
      code: 'IMAGES_INVALID',
      message: expect.stringContaining('"yellow" has'),
    });
  });

  it('trains on a GoogLeNet that was dropped into a folder, fine-tuning included', async () => {
    await using files = await world();
    await mkdir(files.at('googlenet'));
    await writeFile(join(files.at('googlenet'), 'googlenet-12.onnx'), encodeModel(buildGoogLeNet()));
    const context = cliContext();
    await train(
      context,
      ...['--data', files.at('validation'), '--backbone', files.at('googlenet'), '--out', files.at('model')],
      ...['--views', '1', '--fine-tune', '1'],
    );
    expect(context.notes).toContainEqual(expect.stringContaining('12 images of 3 classes; GoogLeNet'));
    const { manifest } = await readModelFolder(files.at('model'));
    expect(manifest).toMatchObject({ channelOrder: 'bgr', widthPixels: 224 });
  });

  it('trains several labels a picture by labels.csv, and evaluate scores the model', async () => {
    await using files = await world();
    await writeDressed(files.at('worn'), 40);
    const context = cliContext();
    const how = [
      '--multi-label',
      '--data',
      files.at('worn'),
      '--backbone',
      files.at('backbone'),
      '--views',
      '1',
    ];
    await train(context, ...how, '--out', files.at('model'), '--json');
    const report = JSON.parse(context.lines.at(-1) ?? '');
    expect(report).toMatchObject({ images: 40, metrics: { counted: ['hat', 'coat'] } });
    expect(report.metrics.meanAveragePrecision).toBeGreaterThan(0.9);
    expect(context.notes).toContainEqual(expect.stringContaining('left aside: tags'));

    const { manifest } = await readModelFolder(files.at('model'));
    expect(manifest).toMatchObject({ scores: 'labels', classes: ['hat', 'coat'], heightPixels: 448 });
    expect(await readFile(join(files.at('model'), 'README.md'), 'utf8')).toContain('| hat | 20 |');

    const { images, targets } = await evaluated('--model', files.at('model'), '--data', files.at('worn'));
    expect(images).toBe(40);
    expect(targets.garments.meanAveragePrecision).toBeGreaterThan(0.9);
    expect(targets.garments.byLabel.hat).toMatchObject({ positives: 20 });
  });

  it.each([
    [['--people', 'x'], '--people: needs --multi-label'],
    [['--multi-label', '--validation', 'x', '--teacher', 'y'], '--validation, --teacher: does not go with'],
  ])('refuses %j', async (flags, words) => {
    const training = train(cliContext(), '--data', 'd', '--backbone', 'b', '--out', 'm', ...flags);
    await expect(training).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(words) });
  });

  it('says that fine-tuning stopped, and writes nothing', async () => {
    await using files = await world();
    const stop = new AbortController();
    const note = (line: string): void => {
      if (line.startsWith('fine-tuning')) stop.abort();
    };
    const training = train(
      cliContext({ signal: stop.signal, note }),
      ...['--data', files.at('train'), '--backbone', files.at('backbone'), '--out', files.at('model')],
      ...['--fine-tune', '1000'],
    );
    await expect(training).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
    await expect(readFile(join(files.at('model'), 'manifest.json'))).rejects.toThrow('ENOENT');
  });
});
