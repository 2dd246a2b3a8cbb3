import { runService } from '@turnpike/service';
import { catalog } from './definition.js';

await runService(catalog);
