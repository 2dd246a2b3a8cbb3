import { runService } from '@turnpike/service';
import { notifications } from './definition.js';

await runService(notifications);
