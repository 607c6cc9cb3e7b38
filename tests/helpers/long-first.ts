import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of a minute or so in short files: Vitest takes a file that it has not run before for as long as it is large. */
const LONG = ['faults', 'demo', 'durability', 'webhooks', 'restart', 'teach', 'disk'];

/** Begins with what takes long, so that no worker ends long after the others. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.some((name) => moduleId.endsWith(`/e2e/${name}.test.ts`));
}
