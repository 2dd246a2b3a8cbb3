export { claim, release } from './owner.js';
export { isRunning, removePostgres, startPostgres } from './postgres.js';
export type { LocalPostgres, StartOptions, StopMode } from './postgres.js';
export { AccountMissing, BinariesMissing, ClusterLost, FolderNotOurs, OwnedByAnother, StartFailed, VersionMismatch } from './errors.js';
