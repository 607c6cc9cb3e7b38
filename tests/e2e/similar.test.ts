import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeColourModel } from '../helpers/colour-model.js';
import { BLUE, GREEN, halves, jpegOf, RED } from '../helpers/pictures.js';
import { lastJson, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const itemsSchema = z.array(z.object({ id: z.string(), label: z.string(), score: z.number() }));
const answerSchema = z.object({
  model: z.string(),
  items: itemsSchema,
  people: z
    .array(z.object({ parts: z.array(z.object({ part: z.string(), items: itemsSchema })) }))
    .optional(),
});
const reportSchema = z.object({ items: z.number(), skipped: z.number(), dimensions: z.number() });

describe('similar items', () => {
  it('are found in a catalogue that was indexed while the gateway runs', async () => {
    await using folder = await temporaryFolder();
    const [models, catalogue, data] = ['models', 'catalogue', 'data'].map((name) => join(folder.path, name));
    if (models === undefined || catalogue === undefined || data === undefined) throw new Error('no folders');
    await writeColourModel(models);
    // Its network that finds people is missing: every picture is taken for one person.
    const people = { file: 'people.onnx', sha256: '0'.repeat(64) } as const;
    await writeColourModel(models, { name: 'worn', scores: 'labels', people });
    await mkdir(join(catalogue, 'warm'), { recursive: true });
    await mkdir(join(catalogue, 'cold'), { recursive: true });
    await writeFile(join(catalogue, 'warm/red.jpg'), await jpegOf(RED));
    await writeFile(join(catalogue, 'cold/blue.jpg'), await jpegOf(BLUE));
    await writeFile(join(catalogue, 'green.jpg'), await jpegOf(GREEN));
    await writeFile(join(catalogue, 'broken.jpg'), 'no picture');
    await writeFile(join(catalogue, 'notes.txt'), 'no picture either');

    await using gateway = await startGatewayIn(data, [
      `models.dir=${models}`,
      'models.active=["colour","worn"]',
    ]);
    const find = async (query = '', body?: Buffer) => {
      const picture = body ?? (await jpegOf({ r: 200, g: 40, b: 120 }));
      const headers = { 'content-type': 'image/jpeg' };
      return await fetch(new URL(`/v1/apparel/similar${query}`, gateway.http), {
        method: 'POST',
        headers,
        body: picture,
      });
    };
    const before = await find();
    expect(before.status).toBe(404);
    expect(await before.json()).toMatchObject({ detail: expect.stringContaining('alongside apparel index') });

    const args = ['--model', join(models, 'colour'), '--out', join(data, 'apparel-index'), '--json'];
    const run = await runCli(['apparel', 'index', catalogue, ...args]);
    expect(lastJson(run, reportSchema)).toEqual({ items: 3, skipped: 1, dimensions: 3 });
    expect(run.stderr).toContain('broken.jpg is left out');

    const { items } = answerSchema.parse(await (await find()).json());
    expect(items.map(({ id, label }) => [id, label])).toEqual([
      ['warm/red.jpg', 'warm'],
      ['cold/blue.jpg', 'cold'],
      ['green.jpg', ''],
    ]);
    expect(answerSchema.parse(await (await find('?top=1')).json()).items).toHaveLength(1);

    const dressed = await (await halves(RED, BLUE, 120, 60)).rotate(90).jpeg().toBuffer();
    const { people: worn } = answerSchema.parse(await (await find('?worn=true&top=1', dressed)).json());
    expect(worn?.map(({ parts }) => parts.map(({ part, items: [item] }) => [part, item?.id]))).toEqual([
      [
        ['upper', 'warm/red.jpg'],
        ['lower', 'cold/blue.jpg'],
      ],
    ]);
    const empty = await runCli(['apparel', 'index', join(folder.path, 'nothing'), ...args]);
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('cannot be read')]);
  });
});
