import { runService } from '@turnpike/service';
import { customers } from './definition.js';

await runService(customers);
