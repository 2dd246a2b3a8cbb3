export { type Alert, readAlerts } from './alerts.js';
export { evaluate, readScrape, type Sample, type Scrape } from './evaluate.js';
export { type Expression, metricsNamed, parsePromql } from './promql.js';
export { type Metric, readMetrics } from './read-metrics.js';
