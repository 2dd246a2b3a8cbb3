import { runService } from '@turnpike/service';
import { gateway } from './definition.js';

await runService(gateway);
