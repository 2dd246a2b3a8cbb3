import { runService } from '@turnpike/service';
import { organizations } from './definition.js';

await runService(organizations);
