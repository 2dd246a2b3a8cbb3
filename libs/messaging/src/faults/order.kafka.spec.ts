import { describeOrder } from './order.suite.js';

describeOrder('kafka');
