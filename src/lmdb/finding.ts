import { z } from 'zod';

/**
 * What is known of a folder after looking.
 *
 * - `sound`: everything in it could be read
 * - `damaged`: its file is not as it was written
 * - `unusable`: it cannot be opened, for a reason outside the file (rights, a full disk)
 */
export const findingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sound') }),
  z.object({ kind: z.literal('damaged'), detail: z.string() }),
  z.object({ kind: z.literal('unusable'), detail: z.string() }),
]);

export type Finding = z.infer<typeof findingSchema>;
