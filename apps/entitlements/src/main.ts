import { runService } from '@turnpike/service';
import { entitlements } from './definition.js';

await runService(entitlements);
