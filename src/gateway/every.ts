/** Does something again and again until disposed of; a round that takes longer than the period delays the next one. */
export function every(periodMs: number, work: () => Promise<void> | void): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = Promise.resolve(work()).finally(() => {
      isRunning = false;
    });
  }, periodMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
