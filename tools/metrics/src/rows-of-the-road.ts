import { every, OF, quantile, rate, type Row } from './panels.js';

/** What the dashboard shows first: whether messages and webhooks flow. */
export const ROWS_OF_THE_ROAD: readonly Row[] = [
  {
    title: 'The road',
    panels: [
      {
        title: 'Services that can work',
        description: '1 each. A line that is missing or 0 is a service that is down.',
        unit: 'short',
        curves: [{ expr: every('turnpike_ready', 'service'), legend: '{{service}}' }],
      },
      {
        title: 'Lag of readers',
        description: 'Messages on the log that have not taken effect. It rises in a flood and falls again.',
        unit: 'short',
        curves: [{ expr: every('turnpike_reader_lag_messages', 'service, topic'), legend: '{{service}} {{topic}}' }],
      },
      {
        title: 'From announcement to effect, 99 %',
        description: 'How old what is applied is.',
        unit: 's',
        curves: [{ expr: quantile(0.99, 'turnpike_message_delay_seconds', 'service'), legend: '{{service}}' }],
      },
      {
        title: 'Messages applied',
        description: 'Per second, by service.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_messages_handled_total', 'service'), legend: '{{service}}' }],
      },
      {
        title: 'Outbox: age of the oldest message',
        description: 'Nearly always 0: what is committed is on the log at once.',
        unit: 's',
        curves: [{ expr: every('turnpike_outbox_oldest_age_seconds', 'service'), legend: '{{service}}' }],
      },
      {
        title: 'Relay: messages and windows',
        description: 'Messages per window say how busy a relay is.',
        unit: 'ops',
        curves: [
          { expr: rate('turnpike_messages_relayed_total', 'service'), legend: '{{service}} messages' },
          { expr: rate('turnpike_relay_windows_total', 'service'), legend: '{{service}} windows' },
        ],
      },
      {
        title: 'Buried',
        description: 'Dead letters that wait for a replay.',
        unit: 'short',
        curves: [{ expr: every('turnpike_dead_letters', 'service, topic, state'), legend: '{{service}} {{topic}} {{state}}' }],
      },
      {
        title: 'Stops, refusals, gaps',
        description: 'Each of them waits for somebody.',
        unit: 'short',
        curves: [
          { expr: `sum by (service) (increase(turnpike_partition_stops_total{${OF}}[5m]))`, legend: '{{service}} stops' },
          { expr: every('turnpike_relay_partitions_refused', 'service'), legend: '{{service}} refused' },
          { expr: every('turnpike_reader_gaps', 'service'), legend: '{{service}} gaps' },
        ],
      },
      {
        title: 'Requests',
        description: 'Per second, by service and status code.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_http_requests_total', 'service, code'), legend: '{{service}} {{code}}' }],
      },
    ],
  },
  {
    title: 'Webhooks',
    panels: [
      {
        title: 'Deliveries',
        description: 'By what became of them. Anything but announced, duplicate and other_mode is a refusal.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_webhooks_total', 'outcome', ''), legend: '{{outcome}}' }],
      },
      {
        title: 'Latency',
        description: 'From the body being read to the answer.',
        unit: 's',
        curves: [
          { expr: quantile(0.5, 'turnpike_webhook_duration_seconds', 'service', ''), legend: '50 %' },
          { expr: quantile(0.99, 'turnpike_webhook_duration_seconds', 'service', ''), legend: '99 %' },
        ],
      },
      {
        title: 'Deliveries per commit',
        description: 'Near 64, the commit is what deliveries wait for.',
        unit: 'short',
        curves: [
          {
            expr: 'sum(rate(turnpike_webhook_batch_deliveries_sum[$__rate_interval])) / sum(rate(turnpike_webhook_batch_deliveries_count[$__rate_interval]))',
            legend: 'deliveries',
          },
        ],
      },
      {
        title: 'Events that no webhook brought',
        description: 'Found by the sweep, and healed.',
        unit: 'short',
        curves: [
          { expr: 'sum by (because) (increase(turnpike_gateway_events_missed_total[1h]))', legend: 'missed: {{because}}' },
          { expr: 'sum by (because) (increase(turnpike_gateway_events_healed_total[1h]))', legend: 'healed: {{because}}' },
        ],
      },
      {
        title: 'Everything is known up to',
        description: 'How long ago: below two minutes.',
        unit: 's',
        curves: [{ expr: 'max(turnpike_gateway_events_known_age_seconds)', legend: 'the oldest connection' }],
      },
      {
        title: 'Connections',
        description: 'By status. "unauthorized" waits for a key.',
        unit: 'short',
        curves: [{ expr: 'max by (environment, status) (turnpike_connections) > 0', legend: '{{environment}} {{status}}' }],
      },
    ],
  },
];
