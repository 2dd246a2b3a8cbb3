import { describeSlowStop } from './slow-stop.suite.js';

describeSlowStop('kafka');
