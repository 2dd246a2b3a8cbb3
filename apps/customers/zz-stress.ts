const it=(_:string,f:()=>Promise<void>)=>f().then(()=>process.exit(0),(e)=>{console.error(e);process.exit(1)});
import { ACME_TEST, StartedCustomers } from './src/testing/started-customers.js';
import { aCustomer, anEvent, aSubscription } from './src/testing/stripe-events.js';
it('stress', async () => {
  const world = await StartedCustomers.start();
  try {
    for (const [name, make] of [
      ['customers only', (i: number) => [anEvent('customer.created', aCustomer(`cus_a${i}`)), anEvent('customer.updated', aCustomer(`cus_a${i}`, { name: 'X' }), 10, { previousAttributes: { name: 'Ada' } })]],
      ['subs of unknown customers', (i: number) => [anEvent('customer.subscription.created', aSubscription(`sub_b${i}`, `cus_b${i}`)), anEvent('customer.subscription.updated', aSubscription(`sub_b${i}`, `cus_b${i}`, {status:'past_due'}), 10, { previousAttributes: { status: 'active' } })]],
      ['both at once', (i: number) => [anEvent('customer.created', aCustomer(`cus_c${i}`)), anEvent('customer.subscription.created', aSubscription(`sub_c${i}`, `cus_c${i}`))]],
    ] as const) {
      const events = Array.from({ length: 2000 }, (_, i) => make(i)).flat();
      const from = Date.now();
      for (let i = 0; i < events.length; i += 500) await world.tell(ACME_TEST, ...events.slice(i, i + 500));
      const told = Date.now();
      await world.settled();
      const s = (Date.now() - from) / 1000;
      process.stderr.write(`${name}: ${events.length} in ${s.toFixed(1)} s (announced after ${(told - from) / 1000} s) ${Math.round(events.length / s)}/s; stubs ${JSON.stringify(await world.rows(`select count(*) filter (where is_stub) as stubs, count(*) filter (where version_n = 2) as twice from customer`))} dead ${(await world.rows('select 1 from dead_letter')).length} aborted ${JSON.stringify(await world.rows(`select xact_rollback from pg_stat_database where datname = current_database()`))}\n`);
    }
  } finally {
    await world.stop();
  }
});
