import { z } from 'zod';
import { problemSchema } from './problem.js';

const milliseconds = z.number().describe('Milliseconds');

export const imageTimingsSchema = z
  .object({ decodeMs: milliseconds, inferMs: milliseconds, totalMs: milliseconds })
  .describe('Where the time went, waiting included');

const labelsSchema = z
  .array(z.object({ label: z.string(), probability: z.number().describe('0 to 1') }))
  .describe('The most probable first');

const embeddingSchema = z.array(z.number()).describe('The model’s features, scaled to length 1');

const share = z.number().describe('Share of the width or height of the picture');

export const regionSchema = z.object({ left: share, top: share, right: share, bottom: share });

const peopleSchema = z
  .array(
    z.object({
      box: regionSchema,
      labels: labelsSchema,
    }),
  )
  .describe(
    'Of a model that looks at people: each with what it wears, the surest first; empty when nobody was found',
  );

const pictureSchema = {
  labels: labelsSchema.optional(),
  people: peopleSchema.optional(),
  embedding: embeddingSchema.optional(),
  timings: imageTimingsSchema.optional(),
};

export const classifyAnswerSchema = z
  .object({
    model: z.string(),
    ...pictureSchema,
    images: z
      .array(
        z.object({
          name: z.string().nullable().describe('Name of the file'),
          ...pictureSchema,
          error: problemSchema.optional().describe('Why there are no labels for it'),
        }),
      )
      .optional()
      .describe('Of a form: every file, in its order. The fields beside it are there for a single picture'),
  })
  .meta({ id: 'Classification' });

export const topQuery = (fallback: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(fallback);
export const modelQuery = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe('Image model; by default the first active one');
export const embeddingQuery = z
  .enum(['true', 'false'])
  .default('false')
  .describe('Answer the embedding as well');

/** Content types of a body of pictures. */
export const IMAGE_BODIES = ['image/jpeg', 'image/png', 'image/webp', 'multipart/form-data'];
export const imageBodySchema = z.string().meta({ format: 'binary' });
