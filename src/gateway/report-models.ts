import type { Subscription } from 'rxjs';
import type { ModelRegistry } from '../inference/model-registry.js';
import { isSimulated, type Manifest, targetsWithoutFilter } from '../inference/models/manifest.js';
import { competitionsAmong } from '../inference/models/tellers.js';
import type { Closers } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';
import type { Models } from './open-models.js';
import { activeOf } from './stages.js';

type RegistryEvents = Pick<
  Events,
  'modelActivated' | 'modelRefused' | 'modelIsSimulated' | 'modelLacksFilter'
>;

/** Tells of what models there are, and how they and their threads fare. */
export function reportAllModels(
  { sequences, images, poolEvents$ }: Models,
  events: RegistryEvents & Pick<Events, 'modelsCompete' | 'inferenceWorkerLost' | 'fasterEngineNotUsed'>,
  { arePhonesSimulated }: { readonly arePhonesSimulated: boolean },
  closers: Closers,
): void {
  const subscriptions = [
    poolEvents$.subscribe((event) => {
      if (event.type === 'lost') events.inferenceWorkerLost(event.loss);
      else events.fasterEngineNotUsed(event.model, event.reasons);
    }),
    reportModels(sequences, events, arePhonesSimulated),
    reportModels(images, events),
  ];
  for (const subscription of subscriptions) closers.defer(() => subscription.unsubscribe());
  for (const competition of competitionsAmong(activeOf(sequences))) events.modelsCompete(competition);
}

/**
 * Says which versions of models are in use, why a new one is not, which know simulated people only, and which have no
 * filter for their statuses.
 *
 * @param arePhonesSimulated then there is nothing to warn of
 */
function reportModels<M extends Manifest>(
  models: ModelRegistry<M>,
  events: RegistryEvents,
  arePhonesSimulated = false,
): Subscription {
  const activated = (manifest: M): void => {
    events.modelActivated(manifest.name, manifest.version);
    if (isSimulated(manifest) && !arePhonesSimulated) events.modelIsSimulated(manifest.name);
    const smoothed = targetsWithoutFilter(manifest);
    if (smoothed.length > 0) events.modelLacksFilter(manifest.name, smoothed);
  };
  for (const manifest of models.manifests) activated(manifest);
  return models.events$.subscribe((event) => {
    if (event.type === 'refused') events.modelRefused(event.model, event.error);
    else activated(event.current);
  });
}
