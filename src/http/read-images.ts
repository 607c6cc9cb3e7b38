import fastifyMultipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { messageOf } from '../shared/errors.js';
import type { HttpApp } from './options.js';
import { HttpProblem } from './problem.js';

/** Longest file name that is echoed. */
const MAX_NAME_CHARACTERS = 200;

/** A picture of a request, and the name of its file if it has one. */
export interface SentImage {
  readonly name: string | undefined;
  readonly bytes: Uint8Array;
}

/** The pictures of a request. */
export interface SentImages {
  /** Several may come; a raw body is one. */
  readonly isMultipart: boolean;
  readonly images: readonly SentImage[];
}

export interface ImageLimits {
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
