/** One curve of a panel. */
interface Curve {
  readonly expr: string;
  /** Grafana's `{{label}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What to look for. */
  readonly description: string;
  /** Grafana's: `short`, `s`, `bytes`, `ops`, `percentunit`. */
  readonly unit: string;
  readonly curves: readonly Curve[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Of the services that are chosen at the top of the dashboard. */
export const OF = 'service=~"$service"';
/** The same from each replica. */
export const every = (metric: string, by: string, filter = OF): string => `max by (${by}) (${metric}{${filter}})`;
export const rate = (metric: string, by: string, filter = OF): string => `sum by (${by}) (rate(${metric}{${filter}}[$__rate_interval]))`;
export const quantile = (share: number, metric: string, by: string, filter = OF): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket{${filter}}[$__rate_interval])))`;
