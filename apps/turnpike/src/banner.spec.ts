import { describe, expect, it } from '@jest/globals';
import { greeting, type Greeting } from './banner.js';

const told: Greeting = {
  sandboxUrl: 'http://127.0.0.1:8081',
  url: 'http://127.0.0.1:8080',
  apiKey: 'tk_sandbox_abc',
  isDeclaredElsewhere: false,
  folder: '/src/turnpike/.turnpike',
  mode: 'One process',
  logFile: null,
  startedInMs: 4_321,
};
const shown = (over: Partial<Greeting>) => greeting({ ...told, ...over }, '/src/turnpike');

describe('what stands on the screen when everything runs', () => {
  it('can be pasted: the key is in the line', () => {
    expect(shown({})).toContain(`curl -H 'Authorization: Bearer tk_sandbox_abc' http://127.0.0.1:8080/v1/customers`);
    expect(shown({})).toContain('npm run webhook -- customer.created\n');
  });

  it('does not show a key twice, and says what to do about a lost one', () => {
    expect(shown({ apiKey: null })).toMatch(/shown at the first start.*docs\/operating\.md/);
  });

  it('names a folder that the tools would not look into by themselves', () => {
    expect(shown({ folder: '/tmp/my data' })).toContain(`npm run webhook -- customer.created --data '/tmp/my data'\n`);
  });

  it('says where the log is, unless it stands on the screen itself', () => {
    expect(shown({ logFile: '/src/turnpike/.turnpike/turnpike.log' })).toContain('log in /src/turnpike/.turnpike/turnpike.log;');
    expect(shown({})).not.toContain('turnpike.log');
  });

  it('leaves keys to the declaration that was named', () => {
    expect(shown({ apiKey: null, isDeclaredElsewhere: true })).toContain('those of DECLARATION');
  });
});
