import { describe, expect, it } from 'vitest';
import { SourceSlot } from '../../../src/gateway/open-source.js';
import type { MessageSource } from '../../../src/ingest/source.js';

interface FakeSource extends MessageSource {
  readonly published: unknown[];
  closings: number;
}

function fakeSource(): FakeSource {
  const source: FakeSource = {
    published: [],
    closings: 0,
    ready: Promise.resolve(),
    publish: (...message) => {
      source.published.push(message);
      return Promise.resolve();
    },
    health: () => ({ name: 'mqtt', ok: true, detail: '' }),
    [Symbol.asyncDispose]: () => {
      source.closings += 1;
      return Promise.resolve();
    },
  };
  return source;
}

describe(SourceSlot, () => {
  it('publishes what came before the source once there is one', async () => {
    const slot = new SourceSlot();
    const early = slot.publish('a', '1', { retain: true, qos: 1 });
    expect(slot.health()).toEqual({ name: 'mqtt', ok: false, detail: 'not started yet' });
    const source = fakeSource();
    slot.fill(source);
    await early;
    await slot.publish('b', '2');
    expect(source.published).toEqual([
      ['a', '1', { retain: true, qos: 1 }],
      ['b', '2', undefined],
    ]);
    expect(slot.health().ok).toBe(true);
  });

  it('closes its source', async () => {
    const slot = new SourceSlot();
    const source = fakeSource();
    slot.fill(source);
    await slot[Symbol.asyncDispose]();
    expect(source.closings).toBe(1);
  });

  it('refuses what waits when it is closed before there is a source', async () => {
    const slot = new SourceSlot();
    const early = expect(slot.publish('a', '1')).rejects.toMatchObject({ code: 'CLOSED' });
    await slot[Symbol.asyncDispose]();
    await early;
  });

  it('closed without a source, and with nobody waiting, leaves no rejection behind', async () => {
    await new SourceSlot()[Symbol.asyncDispose]();
  });
});
