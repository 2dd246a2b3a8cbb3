import { every, OF, quantile, rate, type Row } from './panels.js';

/** What the dashboard shows then: what single services do. */
export const ROWS_OF_THE_SERVICES: readonly Row[] = [
  {
    title: "The mirror of Stripe's objects",
    panels: [
      {
        title: 'Objects in doubt',
        description: 'They are looked up within seconds.',
        unit: 'short',
        curves: [{ expr: every('turnpike_stripe_objects_dirty', 'service, type'), legend: '{{service}} {{type}}' }],
      },
      {
        title: 'The oldest doubt',
        description: 'Minutes mean that Stripe does not answer.',
        unit: 's',
        curves: [{ expr: every('turnpike_stripe_objects_dirty_oldest_age_seconds', 'service, type'), legend: '{{service}} {{type}}' }],
      },
      {
        title: 'Objects that could not be looked up',
        description: 'A permission or a key is missing.',
        unit: 'short',
        curves: [{ expr: every('turnpike_stripe_objects_unverified', 'service, type'), legend: '{{service}} {{type}}' }],
      },
      {
        title: 'Requests to Stripe',
        description: 'By outcome.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_stripe_requests_total', 'service, outcome'), legend: '{{service}} {{outcome}}' }],
      },
      {
        title: 'Latency of Stripe, 99 %',
        description: 'Without the wait for the turn in the rate.',
        unit: 's',
        curves: [{ expr: quantile(0.99, 'turnpike_stripe_request_duration_seconds', 'method'), legend: '{{method}}' }],
      },
      {
        title: 'What became of events',
        description: 'By decision: shown, shown and checked, checked, known.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_stripe_events_total', 'service, decision'), legend: '{{service}} {{decision}}' }],
      },
    ],
  },
  {
    title: 'Entitlements',
    panels: [
      {
        title: 'Checks',
        description: 'Answered from memory, per second.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_http_requests_total', 'route, code', 'service="entitlements"'), legend: '{{route}} {{code}}' }],
      },
      {
        title: 'Latency of answers, 99 %',
        description: 'By route.',
        unit: 's',
        curves: [
          { expr: quantile(0.99, 'turnpike_http_request_duration_seconds', 'route', 'service="entitlements"'), legend: '{{route}}' },
        ],
      },
      {
        title: 'Age of the proof of freshness',
        description: 'Around two seconds on each replica; above ten, answers say isStale.',
        unit: 's',
        curves: [{ expr: 'turnpike_follower_proof_age_seconds', legend: '{{service}} {{replica}} {{instance}}' }],
      },
    ],
  },
  {
    title: 'Mail',
    panels: [
      {
        title: 'Mails',
        description: 'Tries, by what the mail server said.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_mails_total', 'outcome', ''), legend: '{{outcome}}' }],
      },
      {
        title: 'Latency of the mail server, 99 %',
        description: 'Of a try.',
        unit: 's',
        curves: [{ expr: quantile(0.99, 'turnpike_mail_duration_seconds', 'service', ''), legend: '99 %' }],
      },
      {
        title: 'Mails that wait',
        description: 'For the mail server, or for their next try.',
        unit: 'short',
        curves: [{ expr: 'max by (state) (turnpike_jobs{job="send-notification"})', legend: '{{state}}' }],
      },
    ],
  },
  {
    title: 'Jobs',
    panels: [
      {
        title: 'Runs',
        description: 'Failed ones are tried again.',
        unit: 'ops',
        curves: [{ expr: rate('turnpike_job_runs_total', 'service, job, outcome'), legend: '{{service}} {{job}} {{outcome}}' }],
      },
      {
        title: 'Work that waits',
        description: 'Ready for a worker; what waits for its time is not counted.',
        unit: 'short',
        curves: [{ expr: every('turnpike_jobs', 'service, job', `${OF}, state="ready"`), legend: '{{service}} {{job}}' }],
      },
      {
        title: 'Given up',
        description: 'Failed too often. Kept for an hour.',
        unit: 'short',
        curves: [{ expr: every('turnpike_jobs', 'service, job', `${OF}, state="given_up"`), legend: '{{service}} {{job}}' }],
      },
    ],
  },
  {
    title: 'PostgreSQL and the process',
    panels: [
      {
        title: 'Connections in use',
        description: 'By pool.',
        unit: 'short',
        curves: [
          { expr: every('turnpike_database_connections', 'service, pool', `${OF}, state="in_use"`), legend: '{{service}} {{pool}}' },
        ],
      },
      {
        title: 'Work that waits for a connection',
        description: 'Nearly always 0.',
        unit: 'short',
        curves: [{ expr: every('turnpike_database_connections_awaited', 'service, pool'), legend: '{{service}} {{pool}}' }],
      },
      {
        title: 'Connections of the server',
        description: 'Of max_connections.',
        unit: 'percentunit',
        curves: [
          {
            expr: 'max(turnpike_database_server_connections) / max(turnpike_database_server_connections_max)',
            legend: 'of max_connections',
          },
        ],
      },
      {
        title: 'Size of the databases',
        description: 'Old days go by themselves.',
        unit: 'bytes',
        curves: [{ expr: every('turnpike_database_size_bytes', 'service'), legend: '{{service}}' }],
      },
      {
        title: 'Disk of npm start',
        description: 'What is left of it.',
        unit: 'percentunit',
        curves: [{ expr: 'turnpike_disk_free_bytes / turnpike_disk_size_bytes', legend: 'free' }],
      },
      {
        title: 'Memory of the processes',
        description: 'One line for each process.',
        unit: 'bytes',
        curves: [{ expr: 'process_resident_memory_bytes', legend: '{{service}} {{replica}} {{instance}}' }],
      },
    ],
  },
];
