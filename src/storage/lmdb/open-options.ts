/**
 * How every folder of lmdb's is opened: a commit that has been reported is on the disk, and one that failed (the disk is full)
 * leaves nothing that waits for ever.
 */
export const OPEN_OPTIONS = {
  noSubdir: false,
  // Batching by event turn would leave a promise of its own unhandled when a commit fails.
  eventTurnBatching: false,
  // What follows an overlapping sync of a commit that failed never comes, closing included.
  overlappingSync: false,
} as const;
