import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkspaceChanged } from '@turnpike/contracts-events';
import { StartedCustomers, until } from './testing/started-customers.js';

let world: StartedCustomers;
beforeAll(async () => {
  world = await StartedCustomers.start();
  await world.send('POST', '/v1/customers', { externalId: 'acme-1' });
});
afterAll(async () => {
  await world?.stop();
});

const ada = { memberId: 'ada', role: 'owner' };
const bob = { memberId: 'bob', role: 'member' };
const create = (body: object, key?: string) => world.send('POST', '/v1/workspaces', { customer: 'acme-1', members: [ada], ...body }, key);
const told = () => world.announced<WorkspaceChanged>('customers.workspace.changed.v1');

describe('a workspace', () => {
  it('is made with its members, found, listed and told', async () => {
    const { status, body } = await create({ externalId: 'main', name: 'Main', members: [ada, bob] });
    expect([status, body['externalId'], body['members']]).toEqual([201, 'main', [ada, bob]]);
    expect((await world.get(`/v1/workspaces/${String(body['id'])}`)).body).toEqual(body);
    expect((await world.get('/v1/workspaces?customer=acme-1')).body['data']).toEqual([body]);
    expect(await told()).toMatchObject([
      { workspaceId: body['id'], customerId: body['customerId'], members: [ada, bob], version: { n: 1 } },
    ]);
  });

  it('is one of its customer under the caller’s id', async () => {
    expect(await create({ externalId: 'main' })).toMatchObject({ status: 409, body: { code: 'workspace_exists' } });
  });

  it('has an owner from the first to the last', async () => {
    expect(await create({ members: [bob] })).toMatchObject({ status: 409, body: { code: 'owner_missing' } });
    const { body } = await create({ members: [ada, bob] });
    const member = (id: string) => `/v1/workspaces/${String(body['id'])}/members/${id}`;
    expect(await world.send('DELETE', member('ada'))).toMatchObject({ status: 409, body: { code: 'owner_missing' } });
    expect(await world.send('PUT', member('ada'), { role: 'billing' })).toMatchObject({ status: 409 });

    expect((await world.send('PUT', member('bob'), { role: 'owner' })).body['members']).toEqual([ada, { memberId: 'bob', role: 'owner' }]);
    expect((await world.send('PUT', member('eve'), { role: 'billing' })).status).toBe(200);
    expect((await world.send('DELETE', member('ada'))).body).toMatchObject({ version: { n: 4 } });
    expect(await world.send('DELETE', member('ada'))).toMatchObject({ status: 404, body: { code: 'member_not_found' } });
    const versions = (await told()).filter((one) => one.workspaceId === body['id']).map(({ version }) => version.n);
    expect(versions).toEqual([1, 2, 3, 4]);
  });

  it('of another organization or environment is nobody’s', async () => {
    const id = String((await create({})).body['id']);
    for (const key of ['globex-test-key', 'acme-live-key']) {
      const answers = [
        await world.get(`/v1/workspaces/${id}`, key),
        await world.send('PUT', `/v1/workspaces/${id}/members/ada`, { role: 'owner' }, key),
        await world.send('DELETE', `/v1/workspaces/${id}/members/ada`, undefined, key),
        await create({}, key),
        await world.get('/v1/workspaces?customer=acme-1', key),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    }
  });

  it('is told again on request', async () => {
    const before = (await told()).length;
    await world.post('/internal/customers/announce-all', { topic: 'customers.workspace.changed.v1' });
    await until('all are told again', async () => (await told()).length === before + 3);
  });
});
