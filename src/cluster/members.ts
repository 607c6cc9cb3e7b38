/** What a gateway says of itself to the others, again and again. */
export interface MemberRecord {
  readonly version: string;
  /** When this run of it began, epoch milliseconds. */
  readonly startedAtMs: number;
  /** Revision of its first record: who came first has the lowest, whatever the clocks say. */
  readonly joinedAt: number;
  /** What it adds to the clock of its machine, milliseconds. */
  readonly clockOffsetMs: number;
  /** It hands everything over and takes nothing. */
  readonly isLeaving: boolean;
  /** Why it may own nothing; absent while it may. */
  readonly obstacle?: string;
  /** Its models, in alphabetical order. */
  readonly models: readonly string[];
  /** The external broker that it is, or may become, the client of, and what is wrong there. */
  readonly bridge?: { readonly to: string; readonly problem?: string };
}

export interface Member extends Pick<MemberRecord, 'joinedAt' | 'models'> {
  readonly name: string;
}

const SHOWN_DIGITS = 12;

/** A model as gateways compare it: the same name and version may still be another file. */
export function modelName(model: {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}): string {
  return `${model.name} ${model.version} (${model.sha256.slice(0, SHOWN_DIGITS)})`;
}

/**
 * The gateways that may own partitions: those with the models of the one that runs for longest. Another model would say
 * something else of the same log. Everybody who sees the same comes to the same, also those who are left out.
 */
export function ableAmong(members: readonly Member[]): readonly Member[] {
  const [oldest] = members.toSorted(
    (one, other) => one.joinedAt - other.joinedAt || (one.name < other.name ? -1 : 1),
  );
  return members.filter(({ models }) => oldest === undefined || differencesOf(models, oldest.models) === '');
}

/** Which models one gateway has and the other lacks, for people; empty when they have the same. */
export function differencesOf(own: readonly string[], others: readonly string[]): string {
  const here = own.filter((model) => !others.includes(model));
  const there = others.filter((model) => !own.includes(model));
  return [
    ...(here.length === 0 ? [] : [`here ${here.join(', ')}`]),
    ...(there.length === 0 ? [] : [`there ${there.join(', ')}`]),
  ].join('; ');
}
