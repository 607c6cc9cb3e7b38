/**
 * Keeps the screen on, since phones stop sensors with it; asks again whenever the page is seen again.
 *
 * @param onChanged whether it is kept on
 */
export function keepAwake(onChanged: (isKept: boolean) => void): () => void {
  let lock: WakeLockSentinel | undefined;
  let isEnded = false;
  const ask = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (isEnded) await lock.release();
      onChanged(!isEnded);
      lock.addEventListener('release', () => onChanged(false));
    } catch {
      // A battery saver forbids it.
      onChanged(false);
    }
  };
  const onSeen = (): void => void ask();
  document.addEventListener('visibilitychange', onSeen);
  onSeen();
  return () => {
    isEnded = true;
    document.removeEventListener('visibilitychange', onSeen);
    void lock?.release();
  };
}
