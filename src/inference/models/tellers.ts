import type { KnownPlacement } from '../../domain/samples.js';
import type { SequenceManifest } from './manifest.js';

type Teller = Pick<SequenceManifest, 'name' | 'placement' | 'targets'>;

/** `undefined` once a model is gone. */
export function manifestOf(
  manifests: readonly SequenceManifest[],
  model: string,
): SequenceManifest | undefined {
  return manifests.find(({ name }) => name === model);
}

/** Whether a model is made for a device that is worn there; where nobody has said where, it speaks as if it were. */
export function isMadeFor({ placement }: Pick<Teller, 'placement'>, worn: KnownPlacement): boolean {
  return placement === 'any' || worn === 'assumed' || placement === worn;
}

/** Models that tell a target, in the order in which they are asked. */
export function tellersOf<M extends Teller>(models: readonly M[], target: string): M[] {
  return models.filter(({ targets }) => targets.some(({ name }) => name === target));
}

/** The model that decides a target of a device worn there: the first that tells it and is made for that. */
export function tellerOf<M extends Teller>(
  models: readonly M[],
  target: string,
  worn: KnownPlacement,
): M | undefined {
  return tellersOf(models, target).find((model) => isMadeFor(model, worn));
}

/** Whether a target is told, yet only of devices that are worn elsewhere. */
export function isWornElsewhere(models: readonly Teller[], target: string, worn: KnownPlacement): boolean {
  const tellers = tellersOf(models, target);
  return tellers.length > 0 && !tellers.some((model) => isMadeFor(model, worn));
}

/** Two models that tell one target of devices worn at one place: only the first ever sets a status there. */
export interface Competition {
  readonly target: string;
  readonly placement: SequenceManifest['placement'];
  readonly first: string;
  readonly unheard: string;
}

/** Models that never set a status of a target, since one before them tells it of the same devices. */
export function competitionsAmong(models: readonly Teller[]): Competition[] {
  return models.flatMap(({ name: unheard, placement, targets }, at) =>
    targets.flatMap(({ name: target }) => {
      const before = tellersOf(models.slice(0, at), target);
      const first = before.find((model) => model.placement === 'any' || model.placement === placement);
      return first === undefined ? [] : [{ target, placement, first: first.name, unheard }];
    }),
  );
}
