import type { Events } from '../events/events.js';
import type { ModelHost } from '../infer/model-host.js';
import type { Manifest } from '../models/manifest.js';

/** Says which versions of models are in use, and why a new one is not. */
export function reportModels<M extends Manifest>(
  models: ModelHost<M>,
  events: Pick<Events, 'modelActivated' | 'modelRefused'>,
): AsyncDisposable {
  for (const { name, version } of models.manifests) events.modelActivated(name, version);
  const subscription = models.events$.subscribe((event) => {
    if (event.type === 'refused') events.modelRefused(event.model, event.error);
    else events.modelActivated(event.current.name, event.current.version);
  });
  return {
    [Symbol.asyncDispose]: () => {
      subscription.unsubscribe();
      return Promise.resolve();
    },
  };
}
