import type { Backend } from './backend.js';
import { labelled, mergeMetrics } from './metrics.js';

/**
 * Several processes of one service as one: requests go to them in turn, past those that are just being restarted. It can do its work
 * while one of them can.
 */
export function asOne(replicas: readonly Backend[]): Backend {
  const [first] = replicas;
  if (first === undefined) throw new Error('A service runs at least once.');
  if (replicas.length === 1) return first;
  let turn = 0;
  const next = (): Backend => {
    const inTurn = replicas.map((_, ahead) => replicas[(turn + ahead) % replicas.length] ?? first);
    const chosen = inTurn.find(({ isUp }) => isUp) ?? first;
    turn = (replicas.indexOf(chosen) + 1) % replicas.length;
    return chosen;
  };
  return {
    name: first.name,
    title: first.title,
    doors: first.doors,
    get isUp() {
      return replicas.some(({ isUp }) => isUp);
    },
    handle: (request, response) => next().handle(request, response),
    check: async () => {
      const answers = await Promise.allSettled(replicas.map((replica) => replica.check()));
      if (answers.every(({ status }) => status === 'rejected'))
        throw new Error(`None of the ${replicas.length} of ${first.name} is ready.`);
    },
    metrics: async () => {
      // One that is away is missing from the scrape; nobody can count on a series whose process has ended.
      const pages = await Promise.all(
        replicas.map((replica, index) =>
          replica.metrics().then(
            (page) => labelled(page, 'replica', String(index + 1)),
            () => '',
          ),
        ),
      );
      return mergeMetrics(pages);
    },
    stop: async () => {
      const ends = await Promise.allSettled(replicas.map((replica) => replica.stop()));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
