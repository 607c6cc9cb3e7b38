import { z } from 'zod';
import type { Classification, DressedPerson, ImageClassifier } from '../../domain/image.js';
import type { HttpDependencies } from '../dependencies.js';
import { callerOf, type FairShare, withShare } from '../fair-share.js';
import type { HttpApp, HttpOptions } from '../options.js';
import {
  acceptImages,
  classifyAnswerSchema,
  embeddingQuery,
  IMAGE_BODIES,
  imageBodySchema,
  modelQuery,
  readImages,
  type SentImage,
  topQuery,
} from '../pictures.js';
import { type HttpProblem, jsonAnswer, problemAnswers, queryProblem } from '../problem.js';
import { PICTURE_ERRORS, problemOf, unavailable } from '../problem-of.js';
import { limitBodies, refuseLongBodies } from '../request-limits.js';

const RETRY_AFTER_SECONDS = 1;

const querySchema = z.object({
  top: topQuery(5, 1000).describe('Labels answered at most'),
  model: modelQuery,
  embedding: embeddingQuery,
});
type Query = z.infer<typeof querySchema>;

type Answer = z.infer<typeof classifyAnswerSchema>;
type ImageAnswer = NonNullable<Answer['images']>[number];
type PictureAnswer = Pick<ImageAnswer, 'labels' | 'people' | 'embedding' | 'timings'>;

const schema = {
  operationId: 'classifyApparel',
  summary: 'What is on a picture, or on several',
  description:
    'The body is a JPEG, PNG or WebP picture (`image/…`), or a form (`multipart/form-data`) with one file a picture. ' +
    'Pictures are not kept.',
  tags: ['apparel'],
  querystring: querySchema,
  consumes: IMAGE_BODIES,
  body: imageBodySchema,
  response: { 200: jsonAnswer('Labels', classifyAnswerSchema), ...problemAnswers },
};

/** `POST /v1/apparel/classify`: the labels of pictures. */
export function addClassifyRoute(
  app: HttpApp,
  options: HttpOptions,
  dependencies: HttpDependencies,
  pictures: FairShare,
): void {
  const { images } = dependencies;
  const limits = { maxBytes: options.maxIngestBytes, maxImages: options.maxImagesPerRequest };
  app.register((scope: HttpApp, _options, done) => {
    acceptImages(scope);
    refuseLongBodies(scope, options.maxIngestBytes);
    limitBodies(scope, options.imageBudgetBytes, options.maxIngestBytes);
    scope.post(
      '/v1/apparel/classify',
      {
        config: {
          scope: 'ingest',
          errors: { ...PICTURE_ERRORS, 404: 'No image model is active, or none of that name' },
        },
        bodyLimit: options.maxIngestBytes,
        schema,
        onRequest: (_request, _reply, next) =>
          next(images.hasRoom ? undefined : unavailable('room', RETRY_AFTER_SECONDS)),
      },
      async (request): Promise<Answer> => {
        const sent = await readImages(request, limits);
        const share = { caller: callerOf(request), amount: sent.images.length, what: 'pictures' };
        const answers = await withShare(pictures, share, () =>
          Promise.all(sent.images.map((image) => classifyOne(images, image, request.query, request.id))),
        );
        const good = answers.find(({ model }) => model !== undefined);
        if (good?.model === undefined) throw answers[0]?.problem;
        const single = answers.length === 1 ? good.picture : {};
        const all = answers.map(({ name, picture, problem }): ImageAnswer => {
          return {
            name: name ?? null,
            ...picture,
            ...(problem === undefined ? {} : { error: problem.toBody() }),
          };
        });
        return { model: good.model, ...single, ...(sent.isMultipart ? { images: all } : {}) };
      },
    );
    done();
  });
}

interface Outcome {
  readonly name: string | undefined;
  /** `undefined` where there is a problem. */
  readonly model: string | undefined;
  readonly picture: PictureAnswer;
  readonly problem?: HttpProblem;
}

async function classifyOne(
  images: ImageClassifier,
  { name, bytes }: SentImage,
  query: Query,
  requestId: string,
): Promise<Outcome> {
  try {
    const classification = await images.classify(bytes, query.model);
    return { name, model: classification.model, picture: toAnswer(classification, query) };
  } catch (error) {
    const problem = problemOf(error, requestId);
    // What nobody planned for ends the request, so that it is reported.
    if (problem.status === 500) throw error;
    return { name, model: undefined, picture: {}, problem };
  }
}

function toAnswer(
  { model, labels, people, embedding, timings }: Classification,
  query: Query,
): PictureAnswer {
  const answer = {
    labels: labels.slice(0, query.top).map((label) => ({ ...label })),
    ...(people === undefined ? {} : { people: people.map(toPerson) }),
    timings: { ...timings },
  };
  if (query.embedding === 'false') return answer;
  if (embedding !== undefined) return { ...answer, embedding: [...embedding] };
  if (people?.length === 0) return answer;
  throw queryProblem('embedding', `model ${model} has no embedding: its manifest names no feature tensor`);
}

function toPerson({ box, labels }: DressedPerson): NonNullable<PictureAnswer['people']>[number] {
  return { box: { ...box }, labels: labels.map((label) => ({ ...label })) };
}
