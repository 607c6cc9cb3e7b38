/** What a person says is true of the wearer from now on, and the label that says it to the gateway. */
export const LABELS = [
  { name: 'accompanied', words: 'With somebody', accompanied: true, conversation: false },
  { name: 'conversation', words: 'In conversation', accompanied: true, conversation: true },
  { name: 'alone', words: 'Alone', accompanied: false, conversation: false },
  { name: 'not-sure', words: 'Not sure', accompanied: null, conversation: null },
] as const;

export type LabelName = (typeof LABELS)[number]['name'];

/** The payload of `alongside/<device>/labels`: from `atMs` on, until something else is said. */
export function labelPayload(name: LabelName, atMs: number): string {
  const { accompanied, conversation } = LABELS.find((label) => label.name === name) ?? LABELS[3];
  return JSON.stringify({ atMs, accompanied, conversation });
}
