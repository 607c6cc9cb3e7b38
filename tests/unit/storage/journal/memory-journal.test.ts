import { describeJournalContract } from '../../../helpers/journal-contract.js';
import { createMemoryDisk, openMemoryJournal } from '../../../helpers/memory-journal.js';

describeJournalContract('in memory, for tests', () => {
  const disk = createMemoryDisk();
  return Promise.resolve({
    open: () => Promise.resolve(openMemoryJournal(disk)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
