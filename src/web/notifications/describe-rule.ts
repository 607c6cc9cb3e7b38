/** Rules that people ask for; others are made by the API or in the configuration. */
const ABOUT_TARGETS = [
  {
    kind: 'alone',
    words: 'nobody is with them for',
    when: { type: 'status', target: 'accompanied', is: 'no' },
  },
  {
    kind: 'talking',
    words: 'a conversation lasts',
    when: { type: 'status', target: 'conversation', is: 'yes' },
  },
] as const;
const SILENT = {
  kind: 'silent',
  words: 'nothing is heard of a device for',
  when: { type: 'silent' },
} as const;

type RuleKind = (typeof ABOUT_TARGETS)[number] | typeof SILENT;

/** The rules that can come true where these targets are told. */
export function ruleKinds(targets: readonly string[]): readonly [RuleKind, ...RuleKind[]] {
  const [first, ...others] = ABOUT_TARGETS.filter(({ when }) => targets.includes(when.target));
  return first === undefined ? [SILENT] : [first, ...others, SILENT];
}

/** A rule in words, whatever of it is known. */
export function describeRule(rule: Readonly<Record<string, unknown>>): string {
  const parts = [
    conditionOf(asRecord(rule['when'])),
    hoursOf('between', asRecord(rule['between'])),
    Array.isArray(rule['days']) ? `on ${rule['days'].join(', ')}` : '',
    Array.isArray(rule['devices']) ? `of ${rule['devices'].join(', ')}` : '',
    hoursOf('quiet from', asRecord(rule['quietHours'])),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function conditionOf({ type, target, is, forMinutes, label }: Readonly<Record<string, unknown>>): string {
  const long = Number(forMinutes) > 0 ? ` for ${forMinutes} min` : '';
  switch (type) {
    case 'status':
      return `${target} is ${[is].flat().join(' or ')}${long}`;
    case 'silent':
      return `nothing was heard${long}`;
    case 'label':
      return `${label} is seen`;
    default:
      return String(type);
  }
}

function hoursOf(word: string, { from, to }: Readonly<Record<string, unknown>>): string {
  return from === undefined ? '' : `${word} ${from} to ${to}`;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
