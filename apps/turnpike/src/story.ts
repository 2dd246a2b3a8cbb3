import { playStory } from '@turnpike/story';
import type { Turnpike } from './launch.js';

/**
 * Plays the story against this installation and says each step.
 * @param patienceSeconds how long each step may take to be seen; null leaves it to the story
 * @returns whether every step was observed
 */
export async function tellStory(turnpike: Turnpike, patienceSeconds: number | null, tell: (line: string) => void): Promise<boolean> {
  const { url, sandboxUrl, installation } = turnpike;
  const apiKey = turnpike.apiKey ?? (await turnpike.makeApiKey('story'));
  const begun = performance.now();
  tell('The story of Ada, who tries Acme, pays, cannot pay, pays again, leaves and comes back. The days pass on a test clock;');
  tell('the milliseconds are real, from the webhook to the answer of /v1/entitlements.\n');
  const outcome = await playStory({
    turnpike: { url, apiKey },
    stripe: { url: sandboxUrl, account: installation.secrets.sandboxAccount },
    say: tell,
    ...(patienceSeconds === null ? {} : { withinMs: patienceSeconds * 1000 }),
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  if (!outcome.isWhole) {
    tell(`\n  ✗  ${outcome.step}: ${outcome.because}\n`);
    return false;
  }
  const shownKey = turnpike.apiKey ?? '<your API key>';
  tell(`\nEvery step was seen, in ${seconds} s. Ask yourself what she may use now:`);
  tell(`\n    curl -H 'Authorization: Bearer ${shownKey}' ${url}/v1/entitlements/${outcome.customer}`);
  tell(`    curl -H 'Authorization: Bearer ${shownKey}' ${url}/v1/entitlements/${outcome.customer}/export\n`);
  return true;
}
