/** The peer: graphile-worker, set as its own page of figures sets it for many jobs. Its jobs do nothing. */
import { createRequire } from 'node:module';
import { answer, settings } from '../answer.js';
import { filledTransfer } from './transfer-posted.js';

export interface GraphileSettings {
  readonly databaseUrl: string;
}

interface Runner {
  stop(): Promise<void>;
}
/** As far as it is used here. */
interface GraphilePackage {
  run(options: object): Promise<Runner>;
  runMigrations(options: object): Promise<void>;
  Logger: new (factory: () => () => void) => object;
}

const { run, runMigrations, Logger }: GraphilePackage = createRequire(new URL('../../peers/package.json', import.meta.url))(
  'graphile-worker',
);
const given = settings<GraphileSettings>();
const logger = new Logger(() => () => undefined);
let runner: Runner | null = null;
let done = 0;

answer(
  {
    migrate: (): Promise<void> => runMigrations({ connectionString: given.databaseUrl, logger }),
    /** The value of each job is as long as a message's. */
    payload: (): unknown => filledTransfer(1),
    async start(): Promise<void> {
      runner = await run({
        connectionString: given.databaseUrl,
        logger,
        noHandleSignals: true,
        taskList: { post: async () => void done++ },
        preset: {
          worker: {
            concurrentJobs: 24,
            maxPoolSize: 25,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      });
    },
    done: () => done,
  },
  async () => void (await runner?.stop()),
);
