import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

/** Of this package: what comes with it lies below, however deep in it this code was put by the build. */
export const PACKAGE_FOLDER = folderWith('package.json', import.meta.dirname);

/** The models that come with this package. */
export const SHIPPED_MODELS = join(PACKAGE_FOLDER, 'models');

/** The folder of model folders that is meant: `models`, the default, is this package's where the working folder has none. */
export function modelsFolder(given: string): string {
  return given === 'models' && !existsSync(given) ? SHIPPED_MODELS : given;
}

export const VERSION = packageSchema.parse(
  JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')),
).version;

/** The nearest folder upwards that holds the file. */
function folderWith(file: string, folder: string): string {
  if (existsSync(join(folder, file)) || dirname(folder) === folder) return folder;
  return folderWith(file, dirname(folder));
}
