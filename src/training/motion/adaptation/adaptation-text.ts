import type { Adaptation, AdaptedFigures } from './adapt-network.js';

/** Columns of the table of before and after. */
export const ADAPTATION_COLUMNS = [
  'data',
  'target',
  'when',
  'windows',
  'accuracy',
  'balanced accuracy',
  'macro F1',
] as const;

/** Rows of it: a distribution and target each twice. */
export function adaptationRows({ figures }: Adaptation): string[][] {
  return figures.flatMap(({ distribution, description, targets }) =>
    [...targets].flatMap(([target, { before, after }]) => {
      const row = (when: string, { pooled }: AdaptedFigures): string[] => [
        `${distribution}: ${description}`,
        target,
        when,
        String(pooled.windows),
        ...[pooled.accuracy, pooled.balancedAccuracy, pooled.macroF1].map((value) => value.toFixed(3)),
      ];
      return [row('before', before), row('after', after)];
    }),
  );
}

/** What was done, in a sentence or two. */
export function adaptationSentence({ from, frozen, renormalise, trainWindows }: Adaptation): string {
  const kept = frozen.length === 0 ? 'nothing frozen' : `frozen: ${frozen.join(', ')}`;
  const scaling = renormalise ? 'estimated from the new recordings' : 'its own';
  return (
    `Adapted from ${from.name} ${from.version} (SHA-256 ${from.sha256.slice(0, 12)}…) with ${trainWindows} windows; ` +
    `${kept}; normalisation: ${scaling}. The figures are those of this very model; held-out windows were not learnt from.`
  );
}

/** Why the figures on the old distribution may flatter the model before. */
export const BASE_NOTE =
  'If the model had learnt from the recordings called base, "before" shows what it remembers of them.';

/** Figures for a manifest's provenance, by name. */
export function adaptationMetrics({ figures }: Adaptation): Record<string, number> {
  const entries = figures.flatMap(({ distribution, targets }) =>
    [...targets].flatMap(([target, { before, after }]) => [
      ...metricsOf(distribution === 'new' ? target : `base.${target}`, after),
      ...metricsOf(`before.${distribution === 'new' ? '' : 'base.'}${target}`, before),
    ]),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]));
}

function metricsOf(prefix: string, { pooled }: AdaptedFigures): [string, number][] {
  return [
    [`${prefix}.accuracy`, pooled.accuracy],
    [`${prefix}.balancedAccuracy`, pooled.balancedAccuracy],
    [`${prefix}.macroF1`, pooled.macroF1],
  ];
}

/** The same for programs. */
export function adaptationJson({ figures, ...adaptation }: Adaptation): object {
  const json = ({ pooled, intervals }: AdaptedFigures): object => ({ ...pooled, intervals });
  return {
    ...adaptation,
    figures: Object.fromEntries(
      figures.map(({ distribution, description, targets }) => [
        distribution,
        {
          description,
          targets: Object.fromEntries(
            [...targets].map(([target, { before, after }]) => [
              target,
              { before: json(before), after: json(after) },
            ]),
          ),
        },
      ]),
    ),
  };
}
