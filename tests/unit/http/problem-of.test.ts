import { describe, expect, it } from 'vitest';
import { busyProblem, HttpProblem, queryProblem } from '../../../src/http/problem.js';
import { isUnexpected, problemOf } from '../../../src/http/problem-of.js';
import { GatewayError } from '../../../src/shared/errors.js';

describe(problemOf, () => {
  it.each([
    ['NOT_FOUND', 404],
    ['STORE_UNAVAILABLE', 503],
    ['QUEUE_FULL', 503],
    ['CLOSED', 503],
    ['MODEL_RUN_FAILED', 500],
  ] as const)('answers %s with %i', (code, status) => {
    expect(problemOf(new GatewayError(code, 'inner words'), 'r1').status).toBe(status);
  });

  it.each([
    ['an error', new Error('password=hunter2 at /srv/secret.ts')],
    ['a gateway error of the inside', new GatewayError('CONFIG_INVALID', 'password=hunter2')],
    ['an outage that names a host', new GatewayError('STORE_UNAVAILABLE', 'http://admin:hunter2@db')],
    ['an error of a library with a status', Object.assign(new Error('hunter2'), { statusCode: 404 })],
    ['a text', 'hunter2'],
    ['nothing', undefined],
  ])('keeps the words of %s inside', (_name, error) => {
    const body = JSON.stringify(problemOf(error, 'r1').toBody());
    expect(body).not.toContain('hunter2');
    expect(body).not.toContain('at /');
  });

  it('names the request whose log line has the cause', () => {
    const problem = problemOf(new Error('x'), 'req-7');
    expect(problem.toBody()).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong in the gateway; its log has it under request req-7',
    });
    expect(isUnexpected(problem)).toBe(true);
    expect(isUnexpected(busyProblem('store', 'later', 5))).toBe(false);
  });

  it.each([
    ['STORE_UNAVAILABLE', 'store'],
    ['DISK_UNAVAILABLE', 'disk'],
    ['OUTBOX_UNAVAILABLE', 'disk'],
    ['RECORDING_UNAVAILABLE', 'recordings'],
    ['QUEUE_FULL', 'room'],
    ['CLOSED', 'stopping'],
  ] as const)('%s is a 503 of its own type', (code, part) => {
    const problem = problemOf(new GatewayError(code, 'x'), 'r1');
    expect(problem.toBody()).toMatchObject({ status: 503, type: `urn:alongside:problem:${part}` });
    expect(problem.headers).toHaveProperty('retry-after');
  });

  it('leaves a problem as it is', () => {
    const problem = queryProblem('from', 'from is wrong');
    expect(problemOf(problem, 'r1')).toBe(problem);
    expect(problem.toBody()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'from is wrong',
      errors: [{ in: 'query', name: 'from', detail: 'from is wrong' }],
    });
    expect(problem).toBeInstanceOf(HttpProblem);
  });
});
