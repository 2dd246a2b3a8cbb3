import { clusterNameOf } from './postmaster.js';

/**
 * Room for many services in one cluster, each with its own database and pools. Durability stays on: what a commit has
 * answered survives a power cut here as it does in production.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  max_connections: '200',
  max_locks_per_transaction: '512',
  max_prepared_transactions: '8',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** The server's arguments: settings are given at every start, so that new defaults reach old data. */
export function serverArguments(data: string, port: number, settings: Readonly<Record<string, string>>): string[] {
  const all = {
    ...DEFAULTS,
    ...settings,
    // Not to be overridden: by these the server is found, and kept to this machine.
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    cluster_name: clusterNameOf(data),
    logging_collector: 'off',
    log_destination: 'stderr',
  };
  return ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
