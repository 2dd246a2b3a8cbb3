import { describeKills } from './kills.suite.js';

describeKills('kafka');
