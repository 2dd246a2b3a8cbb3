import type { DynamicModule } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { notifications } from '@turnpike/notifications';
import { Log, startService, type RoadHandle, type ServiceConfig, type ServiceDefinition } from '@turnpike/service';
import { playStory, type StoryOutcome } from '@turnpike/story';
import { launch } from '@turnpike/turnpike';
import { SERVICES, type Service } from '@turnpike/turnpike/services';
import { readSettings } from '@turnpike/turnpike/settings';
import { Trial } from './npm-start.js';

/** As long as a loaded machine may take for a step that is seen; what is not seen takes so long each time. */
const WITHIN_MS = 10_000;
/** Who is let in and what there is: without these doors it is the start that fails, not the story. */
const DOORS_OF_THE_START = ['OnApiKeyChanged', 'OnOrganizationChanged'];

/** A story that is seen although nobody listens would prove nothing. */
describe('the story with a service that hears nothing', () => {
  let trial: Trial;
  beforeEach(async () => void (trial = await Trial.begin()));
  afterEach(() => trial.end());

  it.each([
    ['customers', deaf(customers), 'Ada subscribes, with 14 days to try it', /access full \(trialing\) was not seen/],
    ['entitlements', deaf(entitlements), 'Ada subscribes, with 14 days to try it', /access full \(trialing\) was not seen/],
    ['notifications', deaf(notifications), 'Three days are left of her trial', /a mail .* was not seen/],
  ])(
    'fails where %s is missed, and names the step',
    async (name, start, step, because) => {
      const outcome = await storyWith(SERVICES.map((service) => (service.name === name ? { ...service, start } : service)));
      expect(outcome).toEqual({ isWhole: false, step, because: expect.stringMatching(because) });
    },
    180_000,
  );

  async function storyWith(services: readonly Service[]): Promise<StoryOutcome> {
    const settings = readSettings({ LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent' });
    const wishes = { port: 0, host: '127.0.0.1', folder: trial.folder, processes: false, reset: false };
    const turnpike = await launch(wishes, settings, Log.of('turnpike', settings.LOG_LEVEL ?? 'info'), services);
    try {
      return await playStory({
        turnpike: { url: turnpike.url, apiKey: turnpike.apiKey ?? '' },
        stripe: { url: turnpike.sandboxUrl, account: turnpike.installation.secrets.sandboxAccount },
        say: () => undefined,
        withinMs: WITHIN_MS,
      });
    } finally {
      await turnpike.stop();
    }
  }
});

/** Starts the service without the handlers of its topics. */
function deaf<S extends typeof ServiceConfig, R extends RoadHandle>(definition: ServiceDefinition<S, R>): Service['start'] {
  const module: typeof definition.module = (context) => withoutHandlers(definition.module(context));
  return (environment) => startService({ ...definition, module }, environment);
}

function withoutHandlers(module: DynamicModule): DynamicModule {
  const isHandler = ({ name }: { name: string }) => /^On[A-Z]/.test(name) && !DOORS_OF_THE_START.includes(name);
  return { ...module, controllers: (module.controllers ?? []).filter((controller) => !isHandler(controller)) };
}
