/** One of the two Stripe sync engines: it answers 2xx when it has applied what it was told. */
import { answer, settings } from '../answer.js';
import { type EngineWish, startEngine } from '../engines.js';
import { listen } from '../ingest/route.js';

const given = settings<EngineWish>();
// One of them writes a line for each event that it takes for an old one: half of all here.
console.warn = () => undefined;

answer({
  async start(): Promise<string> {
    const engine = await startEngine(given);
    return listen((body, signature) => engine.processWebhook(body, signature));
  },
});
