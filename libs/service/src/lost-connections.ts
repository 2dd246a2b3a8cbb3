import type { PostgresPool, PostgresPoolClient } from './postgres.js';

/**
 * Gives back what nobody else would: a connection that the server ended inside a transaction. The query builder releases a connection
 * after COMMIT or ROLLBACK has gone through, and on a dead one neither does; without this each outage would cost a place in the
 * pool, until none is left and the service is unavailable for ever.
 */
export function giveBackLostConnections(pool: PostgresPool): void {
  pool.on('acquire', (client) => {
    // The pool sets `release` right after this event, and hands the client out after that.
    queueMicrotask(() => watch(client));
  });
}

function watch(client: PostgresPoolClient): void {
  const release = client.release;
  let isReleased = false;
  const releaseOnce: PostgresPoolClient['release'] = (error) => {
    if (isReleased) return;
    isReleased = true;
    client.removeListener('end', onEnd);
    release(error);
  };
  const onEnd = () => releaseOnce(true);
  client.on('end', onEnd);
  client.release = releaseOnce;
}
