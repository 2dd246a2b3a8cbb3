import { describeBurial } from './burial.suite.js';

describeBurial('kafka');
