import { runService } from '@turnpike/service';
import { connections } from './definition.js';

await runService(connections);
