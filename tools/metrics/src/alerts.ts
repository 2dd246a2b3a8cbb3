import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const Duration = z.string().regex(/^\d+[smhd]$/);

/** A rule as we write it: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
const Alert = z.strictObject({
  alert: z.string().regex(/^Turnpike[A-Z][A-Za-z]+$/),
  expr: z.string().min(1),
  for: Duration.optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string().min(10), runbook_url: z.string() }),
});
export type Alert = z.infer<typeof Alert>;

const Rules = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string().regex(/^turnpike-[a-z]+$/), rules: z.array(Alert).min(1) })).min(1),
});

/** @throws ZodError when the file has not the shape that Prometheus reads */
export function readAlerts(root: string): Alert[] {
  const text = readFileSync(join(root, 'deploy/prometheus/alerts.yaml'), 'utf8');
  return Rules.parse(parse(text)).groups.flatMap(({ rules }) => rules);
}
