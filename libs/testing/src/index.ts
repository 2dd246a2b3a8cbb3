export { adminUrl, brokers, freshDatabases, passwordOf, type FreshDatabases } from './cluster.js';
export { COUNTING_TOPICS, Counted, Posted } from './counting/contracts.js';
export { CountingNode } from './counting/nodes.js';
export { readerPlan, writerPlan } from './counting/plans.js';
export { CountingWorld, type Account, type Bus } from './counting/world.js';
export { TcpProxy } from './tcp-proxy.js';
export { standInPlan, StandInWriter } from './stand-in-writer.js';
