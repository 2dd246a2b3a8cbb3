import { defineTopic } from '@turnpike/contracts-events';
import { z } from 'zod';

/** What the stock gateway emits. */
export const StockEvent = defineTopic({
  name: 'stock.event.received.v1',
  kind: 'log',
  burial: 'parks',
  key: (event) => event.id,
  order: (event) => event.id,
  data: z.object({ id: z.string(), isPoison: z.boolean().optional() }),
});
