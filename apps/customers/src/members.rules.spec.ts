import { describe, expect, it } from '@jest/globals';
import { hasOwner, without, withRole } from './members.rules.js';

const ada = { memberId: 'ada', role: 'owner' } as const;
const bob = { memberId: 'bob', role: 'member' } as const;

describe('the members of a workspace', () => {
  it('keep the order of their coming when a role changes', () => {
    expect(withRole([ada, bob], 'ada', 'billing')).toEqual([{ memberId: 'ada', role: 'billing' }, bob]);
    expect(withRole([ada], 'bob', 'member')).toEqual([ada, bob]);
  });

  it('need an owner', () => {
    expect(hasOwner(without([ada, bob], 'bob'))).toBe(true);
    expect(hasOwner(without([ada, bob], 'ada'))).toBe(false);
    expect(hasOwner(withRole([ada, bob], 'ada', 'billing'))).toBe(false);
  });
});
