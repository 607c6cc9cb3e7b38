import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Names every test that passed only when it was tried again, with what went wrong before: each is a bug. */
export class FlakyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const flaky = modules.flatMap((module) => [...module.children.allTests()].filter(isFlaky));
    if (flaky.length === 0) return;
    const names = flaky.map((test) => `  ${test.module.moduleId} > ${test.fullName}\n${errorsOf(test)}`);
    process.stdout.write(`\n${flaky.length} flaky, passed when tried again:\n${names.join('\n')}\n`);
  }
}

function isFlaky(test: TestCase): boolean {
  return test.diagnostic()?.flaky ?? false;
}

function errorsOf(test: TestCase): string {
  return (test.result().errors ?? []).map(({ message, stack }) => `    ${stack ?? message}`).join('\n');
}
