import type { ModelHost } from '../inference/model-registry.js';
import { isSimulated, type Manifest } from '../inference/models/manifest.js';
import type { Events } from '../telemetry/events.js';

/**
 * Says which versions of models are in use, why a new one is not, and which know simulated people only.
 *
 * @param arePhonesSimulated then there is nothing to warn of
 */
export function reportModels<M extends Manifest>(
  models: ModelHost<M>,
  events: Pick<Events, 'modelActivated' | 'modelRefused' | 'modelIsSimulated'>,
  arePhonesSimulated = false,
): AsyncDisposable {
  const activated = (manifest: M): void => {
    events.modelActivated(manifest.name, manifest.version);
    if (isSimulated(manifest) && !arePhonesSimulated) events.modelIsSimulated(manifest.name);
  };
  for (const manifest of models.manifests) activated(manifest);
  const subscription = models.events$.subscribe((event) => {
    if (event.type === 'refused') events.modelRefused(event.model, event.error);
    else activated(event.current);
  });
  return {
    [Symbol.asyncDispose]: () => {
      subscription.unsubscribe();
      return Promise.resolve();
    },
  };
}
