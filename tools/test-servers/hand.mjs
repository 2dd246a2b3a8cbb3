import { once } from 'node:events';

/** What setup leaves for teardown; Jest calls both in one process. */
export const hand = {
  /** @type {import('node:child_process').ChildProcess | null} */
  keeper: null,

  /** Has the keeper stop its servers, and waits until it has. */
  async letGo() {
    const { keeper } = this;
    if (!keeper || keeper.exitCode !== null || keeper.signalCode !== null) return;
    const ended = once(keeper, 'exit');
    keeper.ref();
    if (keeper.connected) keeper.disconnect();
    await ended;
  },
};
