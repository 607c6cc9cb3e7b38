import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/context.js';
import { brokerAddress, gatewayAddress, withLogin } from '../../../src/cli/options.js';
import { GatewayError } from '../../../src/shared/errors.js';

function systemError(code: string, more: object): Error {
  return Object.assign(new Error(`${code}: raw words`), { code, ...more });
}

describe(exitCodeOf, () => {
  it.each([
    [systemError('ENOENT', { path: '/a' }), '/a: there is no such file or folder'],
    [systemError('EROFS', { path: '/a' }), '/a: the file system is read-only; use another folder'],
    [
      systemError('EADDRINUSE', { address: '127.0.0.1', port: 80 }),
      '127.0.0.1, port 80: something else listens there already; choose another port',
    ],
  ])('tells errors of the operating system in one line of words', (error, words) => {
    expect(exitCodeOf(error)).toEqual({ code: 1, message: `alongside: ${words}` });
  });

  it('puts them in words within our own messages, too', () => {
    const cause = systemError('ENOENT', { path: '/a' });
    const error = new GatewayError('RECORDING_INVALID', `/a cannot be read: ${cause.message}`, { cause });
    expect(exitCodeOf(error).message).toBe('alongside: /a cannot be read: there is no such file or folder');
  });

  it('keeps the file that a message within another names', () => {
    const system = systemError('ENOENT', { path: '/m/kernel.bin' });
    const words = `/m/kernel.bin cannot be read: ${system.message}`;
    const cause = new GatewayError('MODEL_INVALID', words, { cause: system });
    const error = new GatewayError('MODEL_INVALID', `/m/model.onnx: ${words}`, { cause });
    expect(exitCodeOf(error).message).toBe(
      'alongside: /m/model.onnx: /m/kernel.bin cannot be read: there is no such file or folder',
    );
  });

  it('finds them behind a request that failed', () => {
    const cause = new TypeError('fetch failed', { cause: systemError('ECONNREFUSED', {}) });
    const error = new GatewayError('SOURCE_FAILED', 'http://a did not answer: fetch failed', { cause });
    expect(exitCodeOf(error).message).toContain('did not answer: nothing listens there');
  });

  it('shows where a mistake of our own was made', () => {
    expect(exitCodeOf(new Error('oh')).message).toContain('unexpected error: Error: oh\n    at ');
  });
});

describe('addresses on the command line', () => {
  it.each(['localhost:1883', 'localhost', 'http://localhost', 'mqtt://'])('refuses the broker %s', (text) => {
    expect(() => brokerAddress(text)).toThrow('must be a URL like mqtt://localhost:1883');
  });

  it('refuses a gateway without a scheme', () => {
    expect(() => gatewayAddress('localhost:8080')).toThrow('must be a URL like http://localhost:8080');
  });

  it('takes user and password from the URL, or from options, not from both', () => {
    const address = brokerAddress('mqtt://me:p%2Fw@host');
    expect(withLogin(address, {})).toEqual({ url: 'mqtt://host', username: 'me', password: 'p/w' });
    expect(() => withLogin(address, { username: 'you' })).toThrow('give one of the two');
  });
});
