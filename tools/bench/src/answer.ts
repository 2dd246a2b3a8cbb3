type Question = { id: number; question: string; parameter: unknown };

/**
 * The other side of `Child`: what this process can be asked. It ends when the one that started it does.
 * @param stop runs before the end
 */
export function answer(
  answers: Readonly<Record<string, (parameter: never) => unknown>>,
  stop: () => Promise<void> = async () => undefined,
): void {
  process.on('message', ({ id, question, parameter }: Question) => {
    void (async () => {
      try {
        const known = answers[question];
        if (!known) throw new Error(`Nobody here answers "${question}".`);
        // Both ends are of this folder: what a question takes stands beside it there.
        process.send?.({ id, value: await known(parameter as never) });
      } catch (error) {
        process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    })();
  });
  process.once('disconnect', () => void stop().finally(() => process.exit(0)));
}

/** What `Child.start` was given. */
export function settings<T>(): T {
  return JSON.parse(process.env['BENCH_SETTINGS'] ?? '{}');
}
