/** Waits by looking, never by sleeping for as long as something is believed to take. @throws after `withinMs` milliseconds */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${withinMs / 1000} s in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
