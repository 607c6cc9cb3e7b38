import { z } from 'zod';
import type { SimilarAnswer } from '../../domain/image.js';
import type { HttpDependencies } from '../dependencies.js';
import { callerOf, type FairShare, withShare } from '../fair-share.js';
import type { HttpApp, HttpOptions } from '../options.js';
import {
  acceptImages,
  IMAGE_BODIES,
  imageBodySchema,
  readImages,
  regionSchema,
  topQuery,
} from '../pictures.js';
import { HttpProblem, jsonAnswer, problemAnswers } from '../problem.js';
import { PICTURE_ERRORS } from '../problem-of.js';
import { limitBodies, refuseLongBodies } from '../request-limits.js';

const itemsSchema = z
  .array(
    z.object({
      id: z.string().describe('Path of the picture within the catalogue'),
      label: z.string().describe('Folder it lies in'),
      score: z.number().describe('Cosine similarity: 1 for the same picture'),
    }),
  )
  .describe('The nearest first');

const wornSchema = z.object({
  box: regionSchema,
  parts: z.array(z.object({ part: z.enum(['upper', 'lower']), box: regionSchema, items: itemsSchema })),
});

const answerSchema = z
  .object({
    model: z.string(),
    items: itemsSchema,
    people: z
      .array(wornSchema)
      .optional()
      .describe('With `worn`: who was found, the surest first, and the items nearest to what each wears'),
    timings: z.object({ embedMs: z.number(), searchMs: z.number(), totalMs: z.number() }),
  })
  .meta({ id: 'SimilarItems' });

const config = {
  scope: 'ingest',
  errors: { ...PICTURE_ERRORS, 404: 'There is no catalogue; alongside apparel index FOLDER makes it' },
} as const;

const schema = {
  operationId: 'findSimilarApparel',
  summary: 'Items of the catalogue that resemble a picture',
  description:
    'The catalogue is what `alongside apparel index FOLDER` made. The body is one picture: of an item, or with `worn=true` of people, whose upper and lower garments are looked for.',
  tags: ['apparel'],
  querystring: z.object({
    top: topQuery(10, 1000).describe('Items answered at most, of a person for each part'),
    worn: z.enum(['true', 'false']).default('false').describe('Look for what people on the picture wear'),
  }),
  consumes: IMAGE_BODIES,
  body: imageBodySchema,
  response: { 200: jsonAnswer('The nearest items', answerSchema), ...problemAnswers },
};

/** `POST /v1/apparel/similar`: the nearest items of a catalogue. */
export function addSimilarRoute(
  app: HttpApp,
  options: HttpOptions,
  { similar }: HttpDependencies,
  pictures: FairShare,
): void {
  const { maxIngestBytes, imageBudgetBytes } = options;
  app.register((scope: HttpApp, _options, done) => {
    acceptImages(scope);
    refuseLongBodies(scope, maxIngestBytes);
    limitBodies(scope, imageBudgetBytes, maxIngestBytes);
    scope.post('/v1/apparel/similar', { config, bodyLimit: maxIngestBytes, schema }, async (request) => {
      const { images } = await readImages(request, { maxBytes: maxIngestBytes, maxImages: 1 });
      const [image] = images;
      if (image === undefined) throw new HttpProblem(400, 'The request has no picture');
      const share = { caller: callerOf(request), amount: 1, what: 'pictures' };
      const { top, worn } = request.query;
      const find = () =>
        worn === 'true' ? similar.findWorn(image.bytes, top) : similar.find(image.bytes, top);
      return toJson(await withShare(pictures, share, find));
    });
    done();
  });
}

function toJson({ model, items, people, timings }: SimilarAnswer): z.infer<typeof answerSchema> {
  const copy = (found: SimilarAnswer['items']) => found.map((item) => ({ ...item }));
  return {
    model,
    items: copy(items),
    timings: { ...timings },
    ...(people && {
      people: people.map(({ box, parts }) => ({
        box: { ...box },
        parts: parts.map((part) => ({ ...part, box: { ...part.box }, items: copy(part.items) })),
      })),
    }),
  };
}
