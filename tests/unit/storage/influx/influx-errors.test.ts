import { ClientRequest, type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { RequestError, ServiceNotAvailableError } from 'influx/lib/src/pool.js';
import { describe, expect, it } from 'vitest';
import {
  isForbidden,
  isMissingDatabase,
  isTooLarge,
  partialWriteOf,
  unavailable,
} from '../../../../src/storage/influx/influx-errors.js';

function answered(status: number, words: string, headers: IncomingHttpHeaders = {}): RequestError {
  const response = new IncomingMessage(new Socket());
  Object.assign(response.headers, headers);
  response.statusCode = status;
  response.statusMessage = 'Some Reason';
  const request = new ClientRequest({ agent: false, createConnection: () => new Socket() });
  request.on('error', () => undefined).destroy();
  return new RequestError(request, response, `${JSON.stringify({ error: words })}\n`);
}

describe('partialWriteOf', () => {
  it.each([
    ['partial write: field type conflict: input field "b" on measurement "a" is type string dropped=3', 3],
    ['partial write: points beyond retention policy dropped=1', 1],
    ["partial write: unable to parse 'a b=x 1': bad\nunable to parse 'a b=y 2': bad dropped=0", 2],
    ['something new that drops everything', undefined],
    ['partial write: dropped=99', undefined],
  ])('reads %j as %s points of 10', (words, dropped) => {
    expect(partialWriteOf(answered(400, words), 10)).toEqual({ dropped, message: words });
  });

  it('takes nothing else for a partial write', () => {
    expect(partialWriteOf(answered(404, 'database not found: "x"'), 10)).toBeUndefined();
    expect(partialWriteOf(new Error('dropped=3'), 10)).toBeUndefined();
    expect(partialWriteOf('dropped=3', 10)).toBeUndefined();
  });
});

describe('unavailable', () => {
  it.each([
    [answered(401, 'authorization failed'), 'store.influxdb.password'],
    [answered(403, 'requires admin privilege'), 'grant this user'],
    [answered(404, 'database not found: "x"'), 'create the database'],
    [answered(413, 'Request Entity Too Large'), 'http.max-body-size'],
    [answered(429, 'slow down'), 'overloaded'],
    [new Error('database not found: x'), 'create the database'],
    [new Error('connect ECONNREFUSED'), 'is it running'],
    [new ServiceNotAvailableError('Internal Server Error'), 'after a full disk'],
    ['thrown text', 'is it running'],
  ])('says of %s what to do', (error, advice) => {
    expect(unavailable('db:8086', error)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(advice),
    });
  });

  it('says where, and what the server said, without the wrapping', () => {
    expect(unavailable('db:8086', answered(401, 'authorization failed')).message).toBe(
      'InfluxDB at db:8086 cannot be used: authorization failed; check store.influxdb.username and store.influxdb.password',
    );
  });

  it.each([
    ['2', 2000],
    ['0.5', 500],
    ['86400', 600_000],
    ['-1', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('passes on for how long the server wants to be left alone: %s', (header, expected) => {
    const error = answered(429, 'slow down', header === undefined ? {} : { 'retry-after': header });
    expect(unavailable('db', error).retryAfterMs).toBe(expected);
  });

  it('passes on the cause, but not the request with its password', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(unavailable('db', cause).cause).toBe(cause);
    expect(unavailable('db', answered(401, 'no')).cause).toBeUndefined();
  });
});

describe('what kind of failure it is', () => {
  it('is told by the status or the words', () => {
    expect(isForbidden(answered(401, ''))).toBe(true);
    expect(isForbidden(answered(403, ''))).toBe(true);
    expect(isForbidden(answered(404, ''))).toBe(false);
    expect(isTooLarge(answered(413, ''))).toBe(true);
    expect(isTooLarge(answered(400, ''))).toBe(false);
    expect(isMissingDatabase(answered(404, 'database not found: "x"'))).toBe(true);
    expect(isMissingDatabase(new Error('connect ECONNREFUSED'))).toBe(false);
  });
});
