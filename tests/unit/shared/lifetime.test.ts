import { describe, expect, it } from 'vitest';
import { Closers } from '../../../src/shared/lifetime.js';

describe(Closers, () => {
  it('closes in reverse order, one after the other', async () => {
    const order: string[] = [];
    const closers = new Closers();
    const resource = {
      [Symbol.asyncDispose]: async () => {
        await Promise.resolve();
        order.push('resource');
      },
    };
    expect(closers.add(resource)).toBe(resource);
    closers.defer(async () => {
      order.push('begin');
      await Promise.resolve();
      order.push('end');
    });
    closers.defer(() => void order.push('last'));
    await closers[Symbol.asyncDispose]();
    expect(order).toEqual(['last', 'begin', 'end', 'resource']);
  });

  it('closes everything although one fails, then throws the first error', async () => {
    const order: string[] = [];
    const closers = new Closers();
    closers.defer(() => void order.push('a'));
    closers.defer(() => Promise.reject(new Error('second')));
    closers.defer(() => {
      throw new Error('first');
    });
    await expect(closers[Symbol.asyncDispose]()).rejects.toThrow('first');
    expect(order).toEqual(['a']);
  });

  it('waits no longer than its limit in all, and still closes everything', async () => {
    const order: string[] = [];
    const closers = new Closers(20);
    closers.defer(() => void order.push('b'));
    closers.defer(() => new Promise(() => undefined));
    closers.defer(() => {
      order.push('a');
      return new Promise(() => undefined);
    });
    await closers[Symbol.asyncDispose]();
    expect(order).toEqual(['a', 'b']);
  });

  it('closes each once', async () => {
    let closings = 0;
    const closers = new Closers();
    closers.defer(() => void closings++);
    await closers[Symbol.asyncDispose]();
    await closers[Symbol.asyncDispose]();
    expect(closings).toBe(1);
  });
});
