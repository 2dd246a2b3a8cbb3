/// <reference path="./kafkajs-internals.d.ts" />
import kafkajs, { type Admin, type Batch, type Consumer, type EachBatchPayload, type KafkaMessage, type Producer } from 'kafkajs';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** The only file that imports kafkajs (architecture rule 3). What the road needs of it leaves from here. */
export const { Kafka, logLevel } = kafkajs;
export type KafkaClient = InstanceType<typeof Kafka>;
export type { Admin, Batch as KafkaBatch, Consumer, EachBatchPayload, KafkaMessage, Producer };

// kafkajs re-arms a 1 ms timer for every idle connection, for ever: 3.5 % of a core each (tulios/kafkajs#1751). It is needed only while requests wait.
const queue = RequestQueue.prototype;
const schedule = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function (this: typeof queue) {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';

/**
 * The broker answered, and the answer was no: too large, not allowed, no such topic, no leader, too few replicas. kafkajs has repeated what
 * may pass by itself; what is left concerns one partition and must not hold the others (road 2.0 k). Anything else is a connection.
 */
export function isRefusal(error: unknown): error is Error {
  const said = error instanceof Error && error.name === 'KafkaJSNumberOfRetriesExceeded' ? error.cause : error;
  return said instanceof kafkajs.KafkaJSProtocolError || (said instanceof Error && REFUSALS.has(said.name));
}

/** kafkajs' own words for a partition that nobody leads or knows. */
const REFUSALS = new Set([
  'KafkaJSLeaderNotAvailable',
  'KafkaJSPartialMessageError',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSMetadataNotLoaded',
]);
