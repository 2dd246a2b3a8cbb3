import { TOPICS } from '@turnpike/contracts-events';
import { ensureTopics } from '@turnpike/messaging';
import { brokers } from '@turnpike/testing';
import { followsOneTrace } from './traces.suite.js';

followsOneTrace('Kafka', async () => {
  await ensureTopics({ brokers: brokers(), topics: TOPICS, anew: true });
  return { KAFKA_BROKERS: brokers().join(',') };
});
