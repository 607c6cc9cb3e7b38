import { describe, expect, it } from 'vitest';
import { createAllowedMethods } from '../../../src/http/error-handling.js';

describe(createAllowedMethods, () => {
  const allowed = createAllowedMethods();
  allowed.add('/', ['GET', 'HEAD']);
  allowed.add('/v1/devices', ['GET']);
  allowed.add('/v1/devices/:id', ['GET']);
  allowed.add('/v1/devices/:id', ['DELETE']);
  allowed.add('/v1/devices/mine', ['POST']);

  it.each([
    ['/', ['GET', 'HEAD']],
    ['/v1/devices', ['GET']],
    ['/v1/devices/phone', ['DELETE', 'GET']],
    ['/v1/devices/mine', ['DELETE', 'GET', 'POST']],
    ['/v1/devices/', []],
    ['/v1/devices/phone/', []],
    ['/v1/devices/phone/timeline', []],
    ['/v1', []],
    ['', []],
    ['//v1/devices', []],
  ])('%s', (path, methods) => {
    expect(allowed.of(path)).toEqual(methods);
  });
});
