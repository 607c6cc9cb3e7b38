/** Calls someone else's function so that its error neither stops the caller nor is hidden: it becomes an uncaught exception. */
export function callHook(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
