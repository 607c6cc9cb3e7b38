/** Ways in which a simulated phone misbehaves, for tests; none unless given. */
export interface PhoneFaults {
  /** Its clock is ahead by this (behind if negative), milliseconds. */
  readonly clockAheadMs?: number;
  /** Its clock counts from boot, and it restarts whenever it has made this many messages. */
  readonly restartsEveryMessages?: number;
  /** It sends every message twice. */
  readonly repeatsMessages?: boolean;
  /** It holds this many messages back, then sends them last first. */
  readonly reversesMessages?: number;
  /** Its sensors, and so its messages, come this many times as often. */
  readonly speedFactor?: number;
  /** Of every `sends + silent` messages it makes the first are sent and the others lost. */
  readonly dropsOut?: { readonly sends: number; readonly silent: number };
}

/** Numbers of the messages a phone sends at the end of a message period, in the order sent. */
export function messagesSentIn(period: number, faults: PhoneFaults): number[] {
  const { speedFactor = 1, reversesMessages = 1, repeatsMessages = false, dropsOut } = faults;
  const made = Array.from({ length: speedFactor }, (_, index) => period * speedFactor + index);
  const ordered = made.flatMap((message) => released(message, reversesMessages));
  const kept = ordered.filter((message) => dropsOut === undefined || isSent(message, dropsOut));
  return repeatsMessages ? kept.flatMap((message) => [message, message]) : kept;
}

/** What goes out when a message is made: itself, or nothing, or a group from last to first. */
function released(message: number, group: number): number[] {
  if (message % group !== group - 1) return [];
  return Array.from({ length: group }, (_, index) => message - index);
}

function isSent(
  message: number,
  { sends, silent }: { readonly sends: number; readonly silent: number },
): boolean {
  return message % (sends + silent) < sends;
}
