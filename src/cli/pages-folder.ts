import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The built pages beside the built commands; nothing where they were not built. */
export function builtPages(): { readonly pagesFolder?: string } {
  const pagesFolder = join(import.meta.dirname, '../web');
  // Beside the sources of the commands lie the sources of the pages, which are none to be served.
  return existsSync(join(pagesFolder, 'assets')) ? { pagesFolder } : {};
}
