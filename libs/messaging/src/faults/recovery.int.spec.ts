import { describeRecovery } from './recovery.suite.js';

describeRecovery('in-process');
