import { Cluster } from './cluster.js';
import { gateway } from '@turnpike/gateway';
import { customers } from '@turnpike/customers';
const c = await Cluster.start();
await c.provision(gateway.plan,'x'); const cu = await c.provision(customers.plan,'x');
const g = c.inside('x_gateway'); const k = c.inside('x_customers');
const show = async (p: typeof g, t: string, q: string) => { const {rows} = await p.query<Record<string,string>>('explain (analyze, buffers, costs, timing off) '+q); console.log('##',t); console.log(rows.map(r=>r['QUERY PLAN']).join('\n')); };
try {
await g.query('set plan_cache_mode=force_custom_plan');
await g.query(`select turnpike_keep_outbox(7)`);
const fill = (n: number) => g.query(`insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body) select gen_random_uuid(),'o','test','t',1,'k','k', convert_to(repeat('x',900),'UTF8') from generate_series(1,${n})`);
for (let i=0;i<40;i++) await fill(500);
const {rows:[s]} = await g.query<{s:string}>('select pg_current_snapshot()::text as s');
await fill(60);
for (const a of [false,true]) { if (a) await g.query('analyze outbox');
for (const e of ['min(o.id)','min(o.id + 0)']) await show(g, `${e} analyzed ${a}`, `select pg_current_snapshot()::text as snapshot, (select ${e} from outbox o where (o.txid >= pg_snapshot_xmax('${s!.s}'::text::pg_snapshot) or o.txid = any(array(select pg_snapshot_xip('${s!.s}'::text::pg_snapshot))))) as first_id`);
}
await k.query(`insert into customer (organization, environment, id, connection_id, stripe_id, is_stub, standing, standing_reasons, version_epoch, version_n, created_at, updated_at) select 'o','test','c'||i,'b','cus_'||i,false,'confirmed','[]',1,1,now(),now() from generate_series(1,5000) i`);
const p = (await import('@turnpike/service')).openPool({url: cu.url, name:'x', size:1, onError:()=>undefined});
await p.query(`select set_config('turnpike.organization','o',false)`);
const q = `select c0.* from customer as c0 where c0.organization = 'o' and c0.environment='test' and c0.connection_id='b' and c0.stripe_id='cus_4000' limit 1`;
await show(p,'customer unanalyzed',q); await k.query('analyze customer'); await show(p,'customer analyzed',q);
await p.end();
} finally { await c.stop(); }
