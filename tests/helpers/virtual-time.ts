import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualAction, VirtualTimeScheduler } from 'rxjs';

/** A scheduler whose time a test moves by hand, for code that mixes timers and promises. */
export class VirtualTime extends VirtualTimeScheduler {
  constructor() {
    super(VirtualAction, 0);
  }

  /** Lets time pass; whatever falls due runs in order, and the promises it settles are followed up before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.frame + ms;
    await nextTurn();
    for (;;) {
      const next = this.actions[0];
      if (next === undefined || next.delay > untilMs) break;
      this.maxFrames = next.delay;
      this.flush();
      await nextTurn();
    }
    this.frame = untilMs;
  }
}
