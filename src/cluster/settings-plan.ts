import { createHash } from 'node:crypto';

/** What each record was when it was the same here and in NATS the last time, by key. */
export type Agreed = ReadonlyMap<string, string>;

/** What makes records the same here and in NATS. */
export interface SettingsPlan {
  /** Is written here; `undefined`: is removed. */
  readonly take: ReadonlyMap<string, string | undefined>;
  /** Is written to NATS; `undefined`: is removed. */
  readonly give: ReadonlyMap<string, string | undefined>;
  /** Keys that are the same already. */
  readonly same: readonly string[];
}

/**
 * Compares records three ways. What was changed at one side since both agreed is changed at the other; what was changed at both
 * becomes what NATS has, since all gateways agree on that.
 */
export function planSettings(
  here: ReadonlyMap<string, string>,
  there: ReadonlyMap<string, string>,
  agreed: Agreed,
): SettingsPlan {
  const take = new Map<string, string | undefined>();
  const give = new Map<string, string | undefined>();
  const same: string[] = [];
  for (const key of new Set([...here.keys(), ...there.keys(), ...agreed.keys()])) {
    const own = here.get(key);
    const common = there.get(key);
    if (own === common) same.push(key);
    else if (digestOf(common) === agreed.get(key)) give.set(key, own);
    else take.set(key, common);
  }
  return { take, give, same };
}

/** Enough of a record to know it again, and too little to know it. */
export function digestOf(record: string | undefined): string | undefined {
  return record === undefined ? undefined : createHash('sha256').update(record).digest('base64url');
}
