import { describeSetBack } from './set-back.suite.js';

describeSetBack('in-process');
