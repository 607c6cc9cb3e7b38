import { messageOf } from '../shared/errors.js';

/** What went wrong in a commit: lmdb rejects it with an error whose `commitError` is a promise of the real one. */
export async function commitReason(error: unknown): Promise<string> {
  if (error instanceof Error && 'commitError' in error) {
    try {
      await error.commitError;
    } catch (cause) {
      return messageOf(cause);
    }
  }
  return messageOf(error);
}
