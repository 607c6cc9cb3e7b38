/** Something that threw although nothing here may: a fault of the gateway's own, whatever input brought it out. */
export interface Fault {
  /** Where it was, for people. */
  readonly stage: string;
  readonly error: unknown;
}

/** Takes note of a fault; what it throws itself goes nowhere. */
export type OnFault = (fault: Fault) => void;

/** Does something of which a failure ends neither the stream nor the process. @returns whether it was done */
export function attempt(stage: string, onFault: OnFault | undefined, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    try {
      onFault?.({ stage, error });
    } catch {
      // There is nobody left to tell.
    }
    return false;
  }
}
