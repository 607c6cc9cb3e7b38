import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Lets stacks name the sources of what is bundled. A map is read when a stack shows its file: `process.setSourceMapsEnabled` reads
 * the map of each file that is loaded, which takes a thirtieth of a start.
 */
export function nameSourcesInStacks(): void {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (file: string): SourceMap | undefined => {
    if (!maps.has(file)) maps.set(file, readMap(`${fileURLToPath(file)}.map`));
    return maps.get(file);
  };
  Error.prepareStackTrace = (error, sites) =>
    [titleOf(error), ...sites.map((site) => `    at ${placeOf(site, mapOf)}`)].join('\n');
}

/** An error may have a `toString` that throws: its stack must not. */
function titleOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

function placeOf(site: NodeJS.CallSite, mapOf: (file: string) => SourceMap | undefined): string {
  const text = site.toString();
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  if (!file?.startsWith('file:') || line === null || column === null) return text;
  const origin = mapOf(file)?.findOrigin(line, column);
  if (origin === undefined || !('fileName' in origin)) return text;
  const source = fileURLToPath(new URL(origin.fileName, file));
  return text.replace(`${file}:${line}:${column}`, `${source}:${origin.lineNumber}:${origin.columnNumber}`);
}

/** Packages have none. */
function readMap(path: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
