import { describeLostReplies } from './lost-replies.suite.js';

describeLostReplies('kafka');
