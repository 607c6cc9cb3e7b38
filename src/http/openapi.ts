import fastifySwagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema, RouteOptions } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { core } from 'zod';
import type { Scope } from '../access/principal.js';
import { HOW_TO_AUTHORIZE } from './access-guard.js';
import { CSV_TYPE } from './csv.js';
import { type ErrorForm, PROBLEM_FORM } from './error-handling.js';
import { EXAMPLES } from './openapi-examples.js';
import type { HttpApp } from './options.js';
import { HttpProblem, UNAVAILABLE_PARTS } from './problem.js';
import { BODY_ERRORS, UNAVAILABLE, UNEXPECTED, unavailable } from './problem-of.js';
import { TOO_MANY_REQUESTS } from './request-limits.js';
import { PROTOCOL_ERRORS } from './v2/infer-request.js';

type TransformObject = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>;
type Transform = NonNullable<FastifyDynamicSwaggerOptions['transform']>;
type OpenApiDocument = ReturnType<TransformObject>;

const SECURITY_SCHEMES = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description:
      'Made by `alongside tokens create`; the scope that each operation names is needed. Without tokens, a gateway that ' +
      'listens to its own machine only asks for none.',
  },
  device: {
    type: 'http',
    scheme: 'basic',
    description:
      "A device's name and password, made by `alongside devices add`: for pushing its own data, and for what is its own.",
  },
} as const;

/** Answers gain fields over time, so their description must not forbid fields it does not name. */
const zodToJsonConfig: Pick<core.ToJSONSchemaParams, 'override'> = {
  override: ({ jsonSchema }) => {
    if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  },
};

/** Describes every route registered afterwards in an OpenAPI 3.1 document, from the same schemas that check requests. */
export async function describeRoutes(app: HttpApp, version: string): Promise<void> {
  const toDocument = createJsonSchemaTransformObject({ zodToJsonConfig });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Alongside',
        version,
        description:
          'Presence of the wearers of phones and wearables: accompanied or not, in conversation or not. ' +
          'Times in answers are epoch milliseconds. Errors are problem+json (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The gateway that this document comes from' }],
      tags: [
        { name: 'devices', description: 'Devices, their timelines and windows' },
        { name: 'live', description: 'What happens now' },
        { name: 'ingest', description: 'Pushing sensor data over HTTP' },
        { name: 'apparel', description: 'Labels of pictures' },
        { name: 'alerts', description: 'Alert rules' },
        { name: 'webhooks', description: 'Notifications of what happens' },
        { name: 'recordings', description: 'Labelled recordings, and what people say is true' },
        { name: 'models', description: 'Models in service' },
        { name: 'operation', description: 'Ledger, health, metrics' },
      ],
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: withCommonParts(createJsonSchemaTransform({ zodToJsonConfig })),
    transformObject: (document) => pruneSchemas(toDocument(document)),
  });
}

/** Says of each route which token it takes, from the scope that is checked; which errors it answers; and gives examples. */
function withCommonParts(transform: Transform): Transform {
  return (input) => {
    const { route } = input;
    if (route.schema === undefined || route.schema.hide === true) return transform(input);
    const response = withErrors(answersOf(route.schema), route);
    const { schema, url } = transform({ ...input, schema: { ...input.schema, response } });
    const { scope = 'admin', isForOwnerToo = scope === 'ingest' } = route.config ?? {};
    return { url, schema: { ...withExamples(schema), security: securityOf(scope, isForOwnerToo) } };
  };
}

/** Adds the examples of a route to its schema, and to each error answer one made of its description. */
function withExamples(schema: FastifySchema): FastifySchema {
  const { body, answers = {}, csv } = EXAMPLES[schema.operationId ?? ''] ?? {};
  const response = Object.entries(answersOf(schema)).map(([status, answer]) => {
    const { description = '', content = {} } = answer;
    const media = Object.entries(content).map(([contentType, { schema: form }]) => {
      const own = contentType === CSV_TYPE ? csv : answers[Number(status)];
      return [contentType, { schema: form, example: own ?? errorExample(status, description, contentType) }];
    });
    return [status, media.length === 0 ? answer : { ...answer, content: Object.fromEntries(media) }];
  });
  return {
    ...schema,
    ...(isObject(schema.body) ? { body: { ...schema.body, examples: [body] } } : {}),
    response: Object.fromEntries(response),
  };
}

/** Answers as `jsonAnswer` and its like describe them. */
function answersOf({ response }: FastifySchema): DescribedAnswers {
  return isObject(response) ? (response as DescribedAnswers) : {};
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** An empty requirement: without a token where the gateway asks nobody for one. */
function securityOf(
  scope: Scope | 'open',
  isForDevices: boolean,
): Readonly<Record<string, readonly string[]>>[] {
  if (scope === 'open') return [{}];
  const token = { token: [scope] };
  return isForDevices ? [token, { device: [] }, {}] : [token, {}];
}

/**
 * Drops components that no route mentions, in place: every schema comes in an input and an output form, and mostly
 * one is used.
 */
function pruneSchemas(document: OpenApiDocument): OpenApiDocument {
  if (!('components' in document) || document.components?.schemas === undefined) return document;
  const { schemas } = document.components;
  const used = new Set<string>();
  const visit = (part: unknown): void => {
    for (const name of referencesIn(part)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(document.paths);
  for (const name of Object.keys(schemas)) {
    if (!used.has(name)) delete schemas[name];
  }
  return document;
}

function referencesIn(part: unknown): string[] {
  const text = JSON.stringify(part) ?? '';
  return [...text.matchAll(/"#\/components\/schemas\/([^"/]+)"/g)].map(([, name = '']) => name);
}

/** What an answer with an error status says; `undefined`: the route never answers it. */
type ErrorTexts = Readonly<Record<number, string | undefined>>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Errors besides those that follow from the scope, the parameters and the body of the route, or in their place. */
    readonly errors?: ErrorTexts;
  }
}

/** One kind of answer in a schema of fastify. */
interface DescribedAnswer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema: unknown; readonly example?: unknown }>>;
}
type DescribedAnswers = Readonly<Record<string, DescribedAnswer>>;

/** Names each error that a route may answer, in the form of its `default` answer. */
function withErrors(answers: DescribedAnswers, route: RouteOptions): DescribedAnswers {
  const { default: others } = answers;
  if (others === undefined) return answers;
  const named = Object.entries(errorsOf(route)).flatMap(([status, text]): [string, DescribedAnswer][] =>
    text === undefined || status in answers ? [] : [[status, { ...others, description: text }]],
  );
  return { ...answers, ...Object.fromEntries(named) };
}

/** The body of an error answer, in the form that its content type stands for. */
function errorExample(status: string, text: string, contentType: string): unknown {
  const problem =
    status === 'default'
      ? new HttpProblem(500, `${UNEXPECTED} req-1a`)
      : problemOfStatus(Number(status), text);
  return formOf(contentType).bodyOf(problem);
}

function problemOfStatus(status: number, text: string): HttpProblem {
  const part = UNAVAILABLE_PARTS.find((one) => UNAVAILABLE[one] === text);
  return status === 503 && part !== undefined ? unavailable(part) : new HttpProblem(status, text);
}

function formOf(contentType: string): ErrorForm {
  return contentType === PROBLEM_FORM.contentType ? PROBLEM_FORM : PROTOCOL_ERRORS;
}

function errorsOf({ config = {}, schema = {}, handlerTimeout }: RouteOptions): ErrorTexts {
  const { scope = 'admin', errors } = config;
  return {
    ...(hasInput(schema) ? { 400: 'A part of the request does not fit; the detail says which and why' } : {}),
    ...(scope === 'open' ? {} : { 401: HOW_TO_AUTHORIZE, 403: `This needs the scope ${scope}` }),
    ...(schema.params === undefined ? {} : { 404: 'There is nothing of that name' }),
    ...(schema.body === undefined ? {} : BODY_ERRORS),
    429: TOO_MANY_REQUESTS,
    ...(handlerTimeout === undefined ? {} : { 503: UNAVAILABLE.time }),
    ...errors,
  };
}

function hasInput({ params, querystring, body }: FastifySchema): boolean {
  return [params, querystring, body].some((part) => part !== undefined);
}
