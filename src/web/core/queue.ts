/** Runs tasks, at most some at once, the newest first: what somebody scrolled to matters more than what they passed. */
export function createQueue(maxRunning: number): (task: () => Promise<void>) => () => void {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  const next = (): void => {
    if (running >= maxRunning) return;
    const task = waiting.pop();
    if (task === undefined) return;
    running += 1;
    void task().finally(() => {
      running -= 1;
      next();
    });
  };
  return (task) => {
    waiting.push(task);
    next();
    return () => {
      const at = waiting.indexOf(task);
      if (at >= 0) waiting.splice(at, 1);
    };
  };
}
