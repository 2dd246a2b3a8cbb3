import { describeKills } from './kills.suite.js';

describeKills('in-process');
