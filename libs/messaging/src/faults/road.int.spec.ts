import { describeRoad } from './road.suite.js';

describeRoad('in-process');
