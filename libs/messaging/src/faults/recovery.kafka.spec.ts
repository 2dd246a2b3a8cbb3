import { describeRecovery } from './recovery.suite.js';

describeRecovery('kafka');
