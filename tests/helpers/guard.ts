import { afterAll, afterEach, expect } from 'vitest';

const unhandled: unknown[] = [];
const keep = (reason: unknown): void => void unhandled.push(reason);
process.on('unhandledRejection', keep);

afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
});

// Files of pure tests follow one another in one process.
afterAll(() => void process.off('unhandledRejection', keep));
