import { runService } from '@turnpike/service';
import { payments } from './definition.js';

await runService(payments);
