import { runService } from '@turnpike/service';
import { books } from './books.js';

await runService(books);
