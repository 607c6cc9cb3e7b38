/** What a gateway says of itself to the others, again and again. */
export interface MemberRecord {
  readonly version: string;
  /** When this run of it began, epoch milliseconds by its own clock. */
  readonly startedAtMs: number;
  /** It hands everything over and takes nothing. */
  readonly isLeaving: boolean;
}

export function encodeMember(record: MemberRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

export function decodeMember(bytes: Uint8Array): MemberRecord {
  // Written by `encodeMember`, by a gateway of the same cluster.
  return JSON.parse(Buffer.from(bytes).toString()) as MemberRecord;
}
