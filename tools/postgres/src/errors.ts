/** Every way in which a local PostgreSQL may refuse (beside PortTaken of free-port), each as a sentence that ends in what to do. */

export class OwnedByAnother extends Error {
  override readonly name = 'OwnedByAnother';
  constructor(
    readonly directory: string,
    readonly ownerPid: number,
  ) {
    super(
      `The PostgreSQL in ${directory} belongs to process ${ownerPid}, which is still running. Stop that process, or choose another folder.`,
    );
  }
}

export class VersionMismatch extends Error {
  override readonly name = 'VersionMismatch';
  constructor(
    readonly place: string,
    readonly found: string,
    readonly ours: string,
  ) {
    super(
      `The data in ${place} were written by PostgreSQL ${found}, and this is PostgreSQL ${ours}, which cannot read them. ` +
        `Dump them with PostgreSQL ${found} and load them again, or start clean in an empty folder.`,
    );
  }
}

export class BinariesMissing extends Error {
  override readonly name = 'BinariesMissing';
  constructor(readonly platform: string) {
    super(
      `No PostgreSQL for ${platform} came with the packages. Run "npm ci" with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own. ` +
        `(There is none for Alpine's musl.)`,
    );
  }
}

export class AccountMissing extends Error {
  override readonly name = 'AccountMissing';
  constructor(detail: string) {
    super(
      `PostgreSQL refuses to run as root, and ${detail}. Create a user ("useradd --system postgres"), or start as an ordinary user, or set DATABASE_URL.`,
    );
  }
}

export class FolderNotOurs extends Error {
  override readonly name = 'FolderNotOurs';
}

export class ClusterLost extends Error {
  override readonly name = 'ClusterLost';
}

export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  constructor(
    readonly program: string,
    readonly output: string,
    readonly logFile: string | null,
  ) {
    super(`${program} did not start${logFile === null ? '' : ` (log: ${logFile})`}: ${output.trim() || 'it said nothing.'}`);
  }
}

/** The system's code of an error, as in EADDRINUSE. Not by `instanceof`: under Jest the system's errors are of another realm. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
