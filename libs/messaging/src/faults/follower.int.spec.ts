import { describeFollower } from './follower.suite.js';

describeFollower('in-process');
