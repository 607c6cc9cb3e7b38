import fastifyMultipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { messageOf } from '../shared/errors.js';
import type { HttpApp } from './options.js';
import { HttpProblem, problemSchema } from './problem.js';

const milliseconds = z.number().describe('Milliseconds');

const imageTimingsSchema = z
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

/** Longest file name that is echoed. */
const MAX_NAME_CHARACTERS = 200;

/** A picture of a request, and the name of its file if it has one. */
export interface SentImage {
  readonly name: string | undefined;
  readonly bytes: Uint8Array;
}

/** The pictures of a request. */
interface SentImages {
  /** Several may come; a raw body is one. */
  readonly isMultipart: boolean;
  readonly images: readonly SentImage[];
}

interface ImageLimits {
  readonly maxBytes: number;
  readonly maxImages: number;
}

/** Has a scope's routes take pictures: `image/…` as the body itself, or files of `multipart/form-data`. */
export function acceptImages(scope: HttpApp): void {
  scope.removeAllContentTypeParsers();
  scope.register(fastifyMultipart);
  // The bodies are bytes; their schemas are for clients.
  scope.setValidatorCompiler<z.ZodType>((route) =>
    route.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(route),
  );
  scope.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_request, body, parsed) =>
    parsed(null, body),
  );
}

/**
 * Reads the pictures of a request of such a route.
 *
 * @throws HttpProblem 400, 413 or 415
 */
export async function readImages(request: FastifyRequest, limits: ImageLimits): Promise<SentImages> {
  if (request.isMultipart()) return { isMultipart: true, images: await readParts(request, limits) };
  const { body } = request;
  if (Buffer.isBuffer(body) && body.length > 0) {
    return { isMultipart: false, images: [{ name: undefined, bytes: body }] };
  }
  throw new HttpProblem(
    400,
    'The request has no picture: send the bytes of a JPEG, PNG or WebP file as image/jpeg, image/png or image/webp, ' +
      'or files as multipart/form-data',
  );
}

async function readParts(
  request: FastifyRequest,
  { maxBytes, maxImages }: ImageLimits,
): Promise<SentImage[]> {
  const images: SentImage[] = [];
  let leftBytes = maxBytes;
  try {
    for await (const part of request.parts({
      limits: { fileSize: maxBytes, files: maxImages, fields: 100 },
    })) {
      if (part.type !== 'file') continue;
      const chunks: Buffer[] = [];
      for await (const chunk of part.file) {
        leftBytes -= chunk.length;
        if (leftBytes < 0 || part.file.truncated) throw tooLarge(maxBytes);
        chunks.push(chunk);
      }
      images.push({ name: part.filename?.slice(0, MAX_NAME_CHARACTERS), bytes: Buffer.concat(chunks) });
    }
  } catch (error) {
    throw toProblem(error, maxImages);
  }
  if (images.length > 0) return images;
  throw new HttpProblem(400, 'The form has no file: send at least one picture as a file');
}

function toProblem(error: unknown, maxImages: number): unknown {
  if (error instanceof HttpProblem) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_FILES_LIMIT') {
    return new HttpProblem(413, `The form has too many files; send at most ${maxImages} at a time`);
  }
  return new HttpProblem(400, `The form cannot be read: ${messageOf(error)}`);
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, `The pictures are larger than ${maxBytes} bytes together`);
}
