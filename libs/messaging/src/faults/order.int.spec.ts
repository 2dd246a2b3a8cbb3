import { describeOrder } from './order.suite.js';

describeOrder('in-process');
