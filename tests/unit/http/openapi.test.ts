import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AccessControl } from '../../../src/access/access-control.js';
import { NO_RECORDS } from '../../../src/access/access-file.js';
import type { HttpApp } from '../../../src/http/options.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { createHttpFixture, type HttpFixture, NOW_MS } from '../../helpers/http-fixture.js';

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: unknown;
}

type Content = Readonly<Record<string, { readonly schema: unknown; readonly example?: unknown }>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

interface OpenApi {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const exampleSchema = z.record(z.string(), z.unknown());

async function readDocument(): Promise<OpenApi> {
  await using fixture = await createHttpFixture();
  const response = await fixture.app.inject('/openapi.json');
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  return response.json();
}

function operationsOf(document: OpenApi): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );
}

/** Every value of `$ref` in a document. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : referencesIn(part),
  );
}

/** A schema of the document, with what it refers to. */
function schemaIn({ components }: OpenApi, schema: unknown): z.ZodType {
  const text = JSON.stringify({ ...Object(schema), $defs: components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

function exampleOf({ requestBody }: Operation): string | undefined {
  const example = Object.values(requestBody?.content ?? {})[0]?.example;
  return example === undefined ? undefined : JSON.stringify(example);
}

/** Asks an address of the document, of something that is not there. */
async function ask(app: HttpApp, address: string, payload: string | undefined): Promise<number> {
  const [method = '', path = ''] = address.split(' ');
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
  const query = path.endsWith('/timeline') || path.endsWith('/days') ? '?target=accompanied' : '';
  const response = await app.inject({
    method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']).parse(method.toUpperCase()),
    url: `${path.replaceAll(/\{\w+\}/g, 'nobody')}${query}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return response.statusCode;
}

describe('GET /openapi.json', () => {
  it('describes every public address', async () => {
    const document = await readDocument();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Alongside', version: '1.2.3' });
    expect(
      operationsOf(document)
        .map(([address]) => address)
        .sort(),
    ).toEqual([
      'delete /v1/alert-rules/{name}',
      'delete /v1/devices/{id}',
      'delete /v1/webhooks/{id}',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
      'get /openapi.json',
      'get /v1/access',
      'get /v1/alert-rules',
      'get /v1/alerts',
      'get /v1/company',
      'get /v1/devices',
      'get /v1/devices/{id}',
      'get /v1/devices/{id}/company',
      'get /v1/devices/{id}/company/choice',
      'get /v1/devices/{id}/days',
      'get /v1/devices/{id}/labels',
      'get /v1/devices/{id}/placement',
      'get /v1/devices/{id}/probabilities',
      'get /v1/devices/{id}/recording',
      'get /v1/devices/{id}/timeline',
      'get /v1/devices/{id}/windows',
      'get /v1/events',
      'get /v1/join-tokens/{id}',
      'get /v1/ledger',
      'get /v1/models',
      'get /v1/models/{name}/disagreement',
      'get /v1/recordings',
      'get /v1/webhooks',
      'get /v1/webhooks/{id}',
      'get /v1/webhooks/{id}/deliveries',
      'get /v2',
      'get /v2/health/live',
      'get /v2/health/ready',
      'get /v2/models',
      'get /v2/models/{model}',
      'get /v2/models/{model}/ready',
      'patch /v1/devices/{id}',
      'patch /v1/devices/{id}/company/choice',
      'patch /v1/webhooks/{id}',
      'post /v1/alert-rules',
      'post /v1/apparel/classify',
      'post /v1/apparel/similar',
      'post /v1/devices/{id}/labels',
      'post /v1/ingest/sensor-logger',
      'post /v1/join',
      'post /v1/join-tokens',
      'post /v1/webhooks',
      'post /v1/webhooks/{id}/deliveries/{eventId}/resend',
      'post /v1/webhooks/{id}/rotate',
      'post /v1/webhooks/{id}/test',
      'post /v2/models/{model}/infer',
    ]);
  });

  it('refuses a member that it would pass over, save where others made the format', async () => {
    await using fixture = await createHttpFixture();
    const taken: string[] = [];
    for (const [address, { requestBody }] of operationsOf(await readDocument())) {
      const example = exampleSchema.safeParse(requestBody?.content['application/json']?.example);
      if (!example.success) continue;
      const [method = '', path = ''] = address.split(' ');
      const url = path.replaceAll(/\{\w+\}/g, 'anna');
      const payload = { ...example.data, surprise: true };
      const answer = await fixture.app.inject({
        method: method === 'patch' ? 'PATCH' : 'POST',
        url,
        payload,
      });
      if (!(answer.statusCode === 400 && answer.body.includes('surprise'))) taken.push(address);
    }
    // Labels are checked where those of MQTT are.
    expect(taken).toEqual([
      'post /v1/devices/{id}/labels',
      'post /v1/ingest/sensor-logger',
      'post /v2/models/{model}/infer',
    ]);
  });

  it('gives every operation what a client generator needs', async () => {
    const document = await readDocument();
    const operations = operationsOf(document);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    for (const [address, operation] of operations) {
      expect(operation.operationId, address).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary, address).not.toBe('');
      expect(tags, address).toContain(operation.tags[0]);
      const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(
        inPath.map(({ name }) => name),
        address,
      ).toEqual(names);
      expect(
        inPath.every(({ required }) => required === true),
        address,
      ).toBe(true);
    }
  });

  it('describes every answer, errors as problem+json', async () => {
    for (const [address, { responses }] of operationsOf(await readDocument())) {
      expect(Object.keys(responses), address).toEqual(
        expect.arrayContaining([expect.stringMatching(/^20[0-4]$/), 'default']),
      );
      // The Open Inference Protocol has a form of its own.
      const errorType = address.includes(' /v2') ? 'application/json' : 'application/problem+json';
      expect(Object.keys(responses['default']?.content ?? {}), address).toEqual([errorType]);
      for (const { description } of Object.values(responses)) {
        expect(description, address).not.toBe('Default Response');
      }
    }
  });

  it('has a schema for every reference, and no schema without one', async () => {
    const document = await readDocument();
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(referencesIn(document))].sort()).toEqual([...known].sort());
    expect(known.length).toBeGreaterThan(5);
    expect(JSON.stringify(document)).not.toContain('PLACEHOLDER');
  });

  it('says what each answer is made of', async () => {
    const { paths } = await readDocument();
    const schemaOf = (path: string, contentType: string): unknown =>
      paths[path]?.['get']?.responses['200']?.content?.[contentType]?.schema;
    expect(schemaOf('/v1/devices/{id}/timeline', 'application/json')).toEqual({
      $ref: '#/components/schemas/Timeline',
    });
    expect(schemaOf('/v1/devices/{id}/windows', 'application/json')).toEqual({
      $ref: '#/components/schemas/Windows',
    });
    expect(schemaOf('/v1/events', 'text/event-stream')).toEqual({ type: 'string' });
    const push = paths['/v1/ingest/sensor-logger']?.['post'];
    expect(Object.keys(push?.requestBody?.content ?? {})).toEqual(['application/json']);
    expect(Object.keys(push?.responses ?? {})).toContain('499');
  });

  it('names a server to try it on', async () => {
    const { servers } = await readDocument();
    expect(servers.map(({ url }) => url)).toEqual(['/']);
  });

  it('has an example of every body and of every answer, which fits its schema', async () => {
    const document = await readDocument();
    for (const [address, { requestBody, responses }] of operationsOf(document)) {
      const contents = [
        ['body', requestBody?.content ?? {}],
        ...Object.entries(responses).map(([status, { content = {} }]) => [status, content] as const),
      ] as const;
      for (const [part, content] of contents) {
        if (part === '204') continue;
        for (const [contentType, { schema, example }] of Object.entries(content)) {
          const place = `${address}, ${part}, ${contentType}`;
          expect(example, place).toBeDefined();
          expect(schemaIn(document, schema).safeParse(example).error, place).toBeUndefined();
        }
      }
    }
  });

  it('has a body where one is taken, and no other answer than 204 without content', async () => {
    for (const [address, { requestBody, responses }] of operationsOf(await readDocument())) {
      if (/^p(ost|atch)/.test(address) && !/(resend|test)$/.test(address)) {
        expect(requestBody, address).toBeDefined();
      }
      const empty = Object.entries(responses).filter(([, { content }]) => content === undefined);
      expect(
        empty.map(([status]) => status).filter((status) => status !== '204'),
        address,
      ).toEqual([]);
    }
  });

  it('names the errors that follow from what an operation takes', async () => {
    for (const [address, { parameters = [], requestBody, responses, security }] of operationsOf(
      await readDocument(),
    )) {
      const isOpen = security.every((requirement) => Object.keys(requirement).length === 0);
      const hasInput = requestBody !== undefined || parameters.some((parameter) => parameter.in !== 'header');
      expect(Object.keys(responses), address).toEqual(
        expect.arrayContaining([
          '429',
          ...(isOpen ? [] : ['401', '403']),
          ...(hasInput ? ['400'] : []),
          ...(requestBody === undefined ? [] : ['413']),
        ]),
      );
    }
  });

  it.each<[string, (fixture: HttpFixture) => void]>([
    ['all is well', () => undefined],
    [
      'the store is away',
      ({ store }) => {
        store.failure = new GatewayError('STORE_UNAVAILABLE', 'away', { retryable: true });
      },
    ],
  ])('names every status that is answered while %s', async (_, arrange) => {
    const document = await readDocument();
    await using fixture = await createHttpFixture();
    arrange(fixture);
    for (const [address, operation] of operationsOf(document)) {
      if (address === 'get /v1/events') continue;
      for (const payload of [undefined, 'no JSON', '{}', exampleOf(operation)]) {
        const status = await ask(fixture.app, address, payload);
        // What nobody planned for is told by `default`.
        if (status !== 500) expect(Object.keys(operation.responses), address).toContain(String(status));
      }
    }
  });

  it('names 401 exactly where those without a token are sent away', async () => {
    const document = await readDocument();
    const clock = { nowMs: () => NOW_MS };
    const access = new AccessControl({ clock, exposed: { http: true, mqtt: true } }, NO_RECORDS);
    await using fixture = await createHttpFixture({ access });
    for (const [address, operation] of operationsOf(document)) {
      const isRefused = (await ask(fixture.app, address, exampleOf(operation))) === 401;
      expect('401' in operation.responses, address).toBe(isRefused);
    }
  });

  it('does not forbid clients to meet new fields', async () => {
    expect(JSON.stringify(await readDocument())).not.toContain('"additionalProperties":false');
  });
});
