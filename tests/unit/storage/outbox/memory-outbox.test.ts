import { createMemoryOutbox } from '../../../helpers/memory-outbox.js';
import { describeOutboxContract } from '../../../helpers/outbox-contract.js';

describeOutboxContract('memory', () => {
  const outbox = createMemoryOutbox();
  return Promise.resolve({ open: () => outbox, [Symbol.asyncDispose]: () => Promise.resolve() });
});
