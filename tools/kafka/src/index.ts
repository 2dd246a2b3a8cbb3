export { startKafka } from './kafka.js';
export type { LocalKafka, StartOptions } from './kafka.js';
export { kafkaIsPossible } from './requirements.js';
export type { Possibility } from './requirements.js';
export { kafkaVersion } from './jars.js';
export { KafkaImpossible, NotReady, OwnedByAnother, StartFailed, WrongCluster } from './errors.js';
