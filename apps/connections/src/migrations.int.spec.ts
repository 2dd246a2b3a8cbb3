import { describe, expect, it } from '@jest/globals';
import { freshDatabases, schemaDifference } from '@turnpike/testing';
import { connections } from './definition.js';

describe('the migrations of connections', () => {
  it('make the tables that the entities describe', async () => {
    const databases = await freshDatabases([connections.plan]);
    try {
      expect(await schemaDifference(databases, connections, /pgboss/)).toEqual([]);
    } finally {
      await databases.drop();
    }
  });
});
