import { describeLostReplies } from './lost-replies.suite.js';

describeLostReplies('in-process');
