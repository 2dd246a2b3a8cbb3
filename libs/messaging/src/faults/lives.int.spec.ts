import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, until } from '@turnpike/testing';

const load = (transactions: number) => ({
  ...{ ask: 'write' as const, topic: 'state' as const, organizations: ['acme', 'globex'], counters: 10 },
  ...{ transactions, perTransaction: 1 },
});

describe('the lives of a database', () => {
  let world: CountingWorld;
  afterEach(async () => world?.close());

  const life = async () => {
    const { rows } = await world.databases
      .inside('writer')
      .query<{ epoch: string; server: string; is_in_book: boolean }>('select epoch, server, is_in_book from life');
    return rows[0]!;
  };
  const hasBegun = async () => Number((await life()).epoch) > 1 && (await life()).is_in_book;

  it('are told apart by the server: on a cluster whose transaction ids begin again, messages go on (road 1.3)', async () => {
    world = await CountingWorld.open('in-process');
    await world.start('reader');
    const before = await world.start('writer');
    await before.ask(load(30));
    await world.settles();
    await before.stop();
    // As after a logical restore into a fresh cluster: what was sent and what was not has ids of millions, and so has the cursor.
    const writer = world.databases.inside('writer');
    await writer.query(`update outbox set txid = '8999999'::xid8`);
    await writer.query(
      `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body, txid)
       select uuidv7(), organization, environment, topic, partition, key, order_key, convert_to('{"counter":"unsent","version":1}', 'UTF8'), '9000005'::xid8
         from outbox where organization = 'acme' limit 1`,
    );
    await writer.query(`update life set server = '1/00000001'`);
    await world.databases.inside('bus').query(`update relay_window set closed = '9000000:9000000:'`);
    const after = await world.start('writer', { logLevel: 'silent' });
    await until('a new epoch has begun', hasBegun);
    await after.ask(load(20));
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    await until('what was not sent is sent', async () => (await world.history('acme', 'unsent')).length === 1);
    expect((await life()).server).not.toBe('1/00000001');
  }, 120_000);

  it('go on in a new epoch where the relay died between its outbox and its book (road 2.0 d)', async () => {
    world = await CountingWorld.open('in-process');
    await world.start('reader');
    const before = await world.start('writer');
    await before.ask(load(20));
    await world.settles();
    await before.stop();
    await world.databases
      .inside('writer')
      .query(`update life set epoch = 1700000000000, snapshot = pg_current_snapshot(), is_in_book = false, is_told = true`);
    const after = await world.start('writer', { logLevel: 'silent' });
    await after.ask(load(20));
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    expect(await life()).toMatchObject({ epoch: '1700000000000', is_in_book: true });
  }, 120_000);

  it('are ended by the operator, while the service runs (road 2.0 d)', async () => {
    world = await CountingWorld.open('in-process');
    await world.start('reader');
    const writer = await world.start('writer', { logLevel: 'info' });
    await writer.ask(load(20));
    await writer.ask({ ask: 'restored' });
    await until('a new epoch has begun', hasBegun);
    await writer.ask(load(20));
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
  }, 120_000);
});
