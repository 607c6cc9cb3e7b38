import { z } from 'zod';
import { milliseconds } from './fields.js';

export const apparel = z
  .strictObject({
    workers: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe('Threads that run image models at most; one from the start, further ones when it has work'),
    maxBatch: z.int().min(1).max(64).default(4).describe('Pictures run together at most'),
    decoders: z.int().min(1).max(4).default(2).describe('Pictures decoded at the same time'),
    maxImages: z
      .int()
      .min(1)
      .max(10_000)
      .default(64)
      .describe('Pictures in work, waiting ones included; further ones are answered 503'),
    maxImagesPerRequest: z.int().min(1).max(1000).default(32).describe('Pictures in one request at most'),
    model: z
      .string()
      .optional()
      .describe(
        'Image model for frames of devices; by default the first of models.active that looks at people, else the first',
      ),
    modelWithoutPeople: z
      .string()
      .optional()
      .describe(
        'Image model for frames on which nobody is found, such as `apparel` for pictures of single garments; by default they have no labels',
      ),
    maxPeople: z
      .int()
      .min(1)
      .max(32)
      .default(4)
      .describe('People of a picture that are looked at, the surest first'),
    framesPerMinute: z
      .number()
      .positive()
      .max(6000)
      .default(60)
      .describe('Frames of one device; more are dropped'),
    minProbability: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe(
        'Labels of a frame less probable than this are not stored, but for the most probable one. Models that tell ' +
          'several labels a person have thresholds of their own, a label each',
      ),
    thresholds: z
      .record(z.string().min(1), z.number().min(0).max(1))
      .default({})
      .describe(
        'Labels of a frame that count from another probability on, such as `{hat: 0.4}`; in place of minProbability and of ' +
          'the threshold that a model learnt',
      ),
    holdMs: milliseconds(60_000, 'How long a label holds in timelines without another frame'),
    index: z
      .string()
      .optional()
      .describe('Folder of the catalogue’s index; by default apparel-index below dataDir'),
    keepFrames: z
      .boolean()
      .default(false)
      .describe('Keep the pictures of devices below dataDir after they were classified'),
  })
  .prefault({})
  .describe('Labels of pictures');
