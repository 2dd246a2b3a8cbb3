import { describeFollower } from './follower.suite.js';

describeFollower('kafka');
