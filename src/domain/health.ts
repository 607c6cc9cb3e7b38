/** State of one part of the gateway. */
export interface PartHealth {
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong, or what is being waited for; empty when all is well. */
  readonly detail: string;
}

export interface HealthReport {
  /** True when the gateway takes data and stores results. */
  readonly ready: boolean;
  readonly parts: readonly PartHealth[];
}
