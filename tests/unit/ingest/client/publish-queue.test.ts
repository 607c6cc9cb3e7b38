import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublishQueue } from '../../../../src/ingest/client/publish-queue.js';
import type { OutgoingMessage } from '../../../../src/ingest/source.js';

const message = (topic: string, payload: string, retain = false): OutgoingMessage => ({
  topic,
  payload,
  retain,
  qos: 1,
});

/** A connection whose acknowledgements the test gives. */
function createConnection() {
  const sent: string[] = [];
  const answers: { resolve(): void; reject(error: Error): void }[] = [];
  const send = ({ payload }: OutgoingMessage): Promise<void> => {
    sent.push(String(payload));
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  };
  return { sent, answers, send };
}

const settled = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
};

describe(PublishQueue, () => {
  it('waits for the connection, keeps the order and resolves with the answer', async () => {
    const { sent, answers, send } = createConnection();
    const queue = new PublishQueue({ maxMessages: 10, maxInFlight: 1, send });
    const added = [queue.add(message('t', '1')), queue.add(message('t', '2'))];
    expect(sent).toEqual([]);
    queue.setOnline(true);
    expect(sent).toEqual(['1']);
    answers[0]?.resolve();
    await added[0];
    expect(sent).toEqual(['1', '2']);
    answers[1]?.resolve();
    await Promise.all(added);
    expect(queue.size).toBe(0);
  });

  it('replaces a waiting retained message of the same topic, and tells both callers when the newer was sent', async () => {
    const { sent, answers, send } = createConnection();
    const queue = new PublishQueue({ maxMessages: 2, maxInFlight: 5, send });
    const older = queue.add(message('a/status', 'old', true));
    const other = queue.add(message('b/status', 'other', true));
    const newer = queue.add(message('a/status', 'new', true));
    queue.setOnline(true);
    expect(sent).toEqual(['new', 'other']);
    for (const answer of answers) answer.resolve();
    await Promise.all([older, other, newer]);
  });

  it('does not replace a message that is not retained or on its way', () => {
    const { sent, send } = createConnection();
    const queue = new PublishQueue({ maxMessages: 10, maxInFlight: 5, send });
    void queue.add(message('t', '1'));
    void queue.add(message('t', '2', true));
    queue.setOnline(true);
    void queue.add(message('t', '3', true));
    expect(sent).toEqual(['1', '2', '3']);
  });

  it('refuses what is too much, as worth a later try', async () => {
    const { send } = createConnection();
    const queue = new PublishQueue({ maxMessages: 1, maxInFlight: 5, send });
    queue.setOnline(true);
    void queue.add(message('t', '1'));
    await expect(queue.add(message('t', '2'))).rejects.toMatchObject({ code: 'QUEUE_FULL', retryable: true });
  });

  it('tells what the broker refused and goes on', async () => {
    const { sent, answers, send } = createConnection();
    const queue = new PublishQueue({ maxMessages: 10, maxInFlight: 1, send });
    queue.setOnline(true);
    const refused = queue.add(message('t', '1'));
    const next = queue.add(message('t', '2'));
    answers[0]?.reject(new Error('Not authorized'));
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    answers[1]?.resolve();
    await next;
    expect(sent).toEqual(['1', '2']);
  });

  it('gives up on everything when closed', async () => {
    const { send } = createConnection();
    const queue = new PublishQueue({ maxMessages: 10, maxInFlight: 1, send });
    queue.setOnline(true);
    const added = [queue.add(message('t', '1')), queue.add(message('t', '2'))];
    queue.close();
    await expect(Promise.allSettled(added)).resolves.toMatchObject([
      { reason: { code: 'CLOSED' } },
      { reason: { code: 'CLOSED' } },
    ]);
    await expect(queue.add(message('t', '3'))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('sends messages that are not retained once, in order, through any ups and downs', async () => {
    const steps = fc.array(fc.constantFrom('add', 'up', 'down', 'answer'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { sent, answers, send } = createConnection();
        const queue = new PublishQueue({ maxMessages: 1000, maxInFlight: 2, send });
        let added = 0;
        let answered = 0;
        for (const step of [...script, 'up']) {
          if (step === 'add') void queue.add(message('t', String(added++)));
          else if (step === 'answer' && answered < answers.length) answers[answered++]?.resolve();
          else if (step !== 'answer') queue.setOnline(step === 'up');
          await settled();
          expect(answers.length - answered).toBeLessThanOrEqual(2);
        }
        while (queue.size > 0) {
          answers[answered++]?.resolve();
          await settled();
        }
        expect(sent).toEqual([...Array(added).keys()].map(String));
      }),
      { numRuns: 50 },
    );
  });
});
