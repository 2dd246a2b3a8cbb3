import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { drawFlow } from './draw-flow.js';
import { type AppFlow, type FlowTopic, problemsOf, readApps } from './read-app.js';

let apps: string;
beforeEach(() => {
  apps = mkdtempSync(join(tmpdir(), 'turnpike-flow-'));
});
afterEach(() => rmSync(apps, { recursive: true }));

const orderPlaced = { name: 'shop.order.placed.v1', kind: 'log', burial: 'parks' };
const parcelChanged = { name: 'post.parcel.changed.v1', kind: 'state', burial: 'heals' };
const postDeadLetters = { name: 'post.dead-letters', kind: 'log', burial: 'heals' };
const topics: FlowTopic[] = [orderPlaced, parcelChanged, postDeadLetters];
const contracts = new Map([
  ['OrderPlaced', orderPlaced],
  ['ParcelChanged', parcelChanged],
  ['PostDeadLetters', postDeadLetters],
]);

function source(path: string, text: string): void {
  mkdirSync(dirname(join(apps, path)), { recursive: true });
  writeFileSync(join(apps, path), text);
}

const only = (): AppFlow => {
  const [app, ...others] = readApps(apps, contracts);
  if (!app || others.length > 0) throw new Error('Expected one app.');
  return app;
};

function shop(): void {
  source(
    'shop/src/orders.service.ts',
    `import { OrderPlaced, type Scope } from '@turnpike/contracts-events';
     export class OrdersService {
       place(scope: Scope) { this.outbox.announce(OrderPlaced, scope, {}); }
     }`,
  );
}

function post(): void {
  source(
    'post/src/on-order-placed.ts',
    `import { OrderPlaced, type EventOf } from '@turnpike/contracts-events';
     @Controller()
     export class OnOrderPlaced {
       @OnTopic(OrderPlaced)
       async handle({ data }: EventOf<typeof OrderPlaced>): Promise<void> { await this.parcels.pack(data); }
     }`,
  );
  source(
    'post/src/parcels.service.ts',
    `import { ParcelChanged as Changed } from '@turnpike/contracts-events';
     const tell = (outbox: Outbox, parcel: Parcel) => outbox.announce(Changed, parcel.scope, toParcelChanged(parcel));`,
  );
  source(
    'post/src/definition.ts',
    `import { PostDeadLetters } from '@turnpike/contracts-events';
     export const open = (context: Context) => openRoad(context, PostDeadLetters);`,
  );
}

describe('an app', () => {
  it('hears what its handlers are marked with', () => {
    post();

    expect(only().hears).toEqual([{ topic: 'shop.order.placed.v1', file: 'src/on-order-placed.ts' }]);
  });

  it('says what it announces under any name, and its dead letters', () => {
    post();

    expect(only().says).toEqual(['post.dead-letters', 'post.parcel.changed.v1']);
  });

  it('says both sides of a choice', () => {
    source(
      'shop/src/orders.service.ts',
      `import { OrderPlaced, ParcelChanged } from '@turnpike/contracts-events';
       this.outbox.announce(isOrder ? OrderPlaced : ParcelChanged, scope, data);`,
    );

    expect(only().says).toEqual(['post.parcel.changed.v1', 'shop.order.placed.v1']);
  });

  it('says nothing by a method that only has the name, a type, a comment, or a test', () => {
    source(
      'shop/src/orders.service.ts',
      `import type { OrderPlaced } from '@turnpike/contracts-events';
       import { OrderPlaced as Other } from './mine.js';
       // outbox.announce(OrderPlaced, scope, data)
       this.announce(order); this.outbox.announce(Other, scope, data); const order: OrderPlaced = text('announce(OrderPlaced)');`,
    );
    source(
      'shop/src/orders.service.spec.ts',
      `import { OrderPlaced } from '@turnpike/contracts-events';
       outbox.announce(OrderPlaced, scope, data);`,
    );

    expect(only()).toEqual({ name: 'shop', hears: [], says: [], routes: [], jobs: [] });
  });

  it('says nothing by what only its tests run', () => {
    const stand = `import { OrderPlaced } from '@turnpike/contracts-events';
       outbox.announce(OrderPlaced, scope, data);`;
    source('post/src/testing/stand-in-shop.ts', stand);
    source('post/src/orders.suite.ts', stand);
    source('post/src/main.ts', 'runService();');

    expect(only().says).toEqual([]);
  });

  it.each([
    ["@Controller('v1/orders')", '@Get()', 'GET /v1/orders'],
    ["@Controller('/v1/orders/')", "@Get('/:id')", 'GET /v1/orders/:id'],
    ["@Controller({ path: 'orders', version: '1' })", "@Post(':id/cancel')", 'POST /v1/orders/:id/cancel'],
    ['@Controller()', "@Put('/webhooks/stripe/:connectionId')", 'PUT /webhooks/stripe/:connectionId'],
    ['@Controller(PREFIX)', '@Delete(`${PREFIX}/x`)', 'DELETE /v1/orders/v1/orders/x'],
    ['@Controller(prefixFrom(config))', '@All()', 'ANY /{prefixFrom(config)}'],
  ])('answers on the route of %s and %s', (controller, method, route) => {
    source(
      'shop/src/orders.controller.ts',
      `const PREFIX = 'v1/orders' as const;
       ${controller}
       export class OrdersController {
         @UseGuards(ApiKeyGuard) ${method} @Returns(OrderResponse)
         async one(@Param('id') id: string) { return id; }
         notARoute() {}
       }`,
    );

    expect(only().routes).toEqual([route]);
  });

  it('answers on each of several routes, in the order of their paths', () => {
    source(
      'shop/src/orders.controller.ts',
      `@Controller(['v2/orders', 'v1/orders']) export class OrdersController { @Post() place() {} @Get(['', 'all']) list() {} }`,
    );

    expect(only().routes).toEqual([
      'GET /v1/orders',
      'POST /v1/orders',
      'GET /v1/orders/all',
      'GET /v2/orders',
      'POST /v2/orders',
      'GET /v2/orders/all',
    ]);
  });

  it('has its jobs by the names of their files, in folders too', () => {
    source('shop/src/orders/expire-order.job.ts', 'export class ExpireOrder {}');

    expect(only().jobs).toEqual(['expire-order']);
  });

  it('may not exist yet', () => {
    mkdirSync(join(apps, 'empty'), { recursive: true });
    source('readme-only/README.md', '# Soon');
    source('.hidden', '');

    expect(readApps(apps, contracts)).toEqual([]);
    expect(readApps(join(apps, 'nowhere'), contracts)).toEqual([]);
  });
});

describe('the page', () => {
  it('shows each topic between its writer and its readers', () => {
    shop();
    post();
    const page = drawFlow(readApps(apps, contracts), topics);

    expect(page).toContain('  shop --> topic0\n  topic0 --> post\n');
    expect(page).toContain('| `shop.order.placed.v1` | log | parks | shop | post |');
    expect(page).toContain(
      '| post | `shop.order.placed.v1` (src/on-order-placed.ts) | `post.dead-letters`<br>`post.parcel.changed.v1` | – | – |',
    );
  });

  it('shows a topic that nobody says or hears yet in the table, not in the picture', () => {
    const page = drawFlow([], topics);

    expect(page).not.toContain('topic0');
    expect(page).toContain('| `shop.order.placed.v1` | log | parks | – | – |');
  });

  it('is the same for the same sources', () => {
    shop();
    post();

    expect(drawFlow(readApps(apps, contracts), topics)).toBe(drawFlow(readApps(apps, contracts), topics));
  });
});

describe('the rules of the road', () => {
  it('are kept by two apps that talk in one direction', () => {
    shop();
    post();

    expect(problemsOf(readApps(apps, contracts), topics)).toEqual([]);
  });

  it("are broken by announcing another app's topic", () => {
    source(
      'shop/src/orders.service.ts',
      `import { ParcelChanged } from '@turnpike/contracts-events';
       this.outbox.announce(ParcelChanged, scope, data);`,
    );

    expect(problemsOf(readApps(apps, contracts), topics)).toEqual([
      "shop announces post.parcel.changed.v1, which is another app's to announce.",
    ]);
  });

  it('are broken by two handlers for one topic in one app', () => {
    shop();
    post();
    source(
      'post/src/on-order-placed-again.ts',
      `import { OrderPlaced } from '@turnpike/contracts-events';
       @Controller() export class Again { @OnTopic(OrderPlaced) async handle() {} }`,
    );

    expect(problemsOf(readApps(apps, contracts), topics)).toEqual([
      expect.stringContaining('post has two handlers for shop.order.placed.v1'),
    ]);
  });

  it('are broken by waiting for what an existing app never says', () => {
    post();
    expect(problemsOf(readApps(apps, contracts), topics)).toEqual([]);

    source('shop/src/main.ts', 'runService();');
    expect(problemsOf(readApps(apps, contracts), topics)).toEqual(['post waits for shop.order.placed.v1, which shop never announces.']);
  });
});
