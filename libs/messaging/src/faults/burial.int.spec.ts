import { describeBurial } from './burial.suite.js';

describeBurial('in-process');
