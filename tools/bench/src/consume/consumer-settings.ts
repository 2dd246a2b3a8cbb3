export interface ConsumerSettings {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  readonly infrastructureUrl: string;
  /** Of the stock transport. */
  readonly concurrency: number;
}

export const SESSION_TIMEOUT_MS = 30_000;
/** As the road reads: the same for the bare reader. */
export const PARTITIONS_AT_ONCE = 3;
export const MESSAGES_PER_TRANSACTION = 100;
export const CONSUMER = {
  sessionTimeout: SESSION_TIMEOUT_MS,
  heartbeatInterval: SESSION_TIMEOUT_MS / 6,
  rebalanceTimeout: SESSION_TIMEOUT_MS * 2,
  allowAutoTopicCreation: false,
  maxWaitTimeInMs: 1_000,
};
export { QUIET } from '../kafka-broker.js';

/** What a consumer tells while it runs. */
export interface Progress {
  /** Messages whose effects are durable. */
  readonly done: number;
  /** Epoch milliseconds at which the last of them became so. */
  readonly lastAt: number;
}

/** Counts what becomes durable; cheap enough to be asked for each transaction. */
export class Meter {
  private done = 0;
  private lastAt = 0;

  durable(messages: number): void {
    this.done += messages;
    this.lastAt = performance.timeOrigin + performance.now();
  }

  get progress(): Progress {
    return { done: this.done, lastAt: this.lastAt };
  }
}
