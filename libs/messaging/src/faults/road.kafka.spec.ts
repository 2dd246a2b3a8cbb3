import { describeRoad } from './road.suite.js';

describeRoad('kafka');
