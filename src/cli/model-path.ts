import { join } from 'node:path';

/** A model is given by its name below the models folder, or by the path of its own folder. */
export function modelPath(model: string, modelsDirectory: string): string {
  return model.includes('/') || model.includes('\\') ? model : join(modelsDirectory, model);
}
