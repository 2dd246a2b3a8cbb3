import type { Panel, Row } from './panels.js';
import { ROWS_OF_THE_ROAD } from './rows-of-the-road.js';
import { ROWS_OF_THE_SERVICES } from './rows-of-the-services.js';

/** What the dashboard shows, in the order in which one looks. */
export const ROWS: readonly Row[] = [...ROWS_OF_THE_ROAD, ...ROWS_OF_THE_SERVICES];

const ACROSS = 24;
const PER_LINE = 3;
const HEIGHT = 8;
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

interface GridPos {
  readonly h: number;
  readonly w: number;
  readonly x: number;
  readonly y: number;
}

/** What our test looks at; the rest is Grafana's. */
interface Dashboard extends Readonly<Record<string, unknown>> {
  readonly panels: readonly PlacedPanel[];
}

interface PlacedPanel extends Readonly<Record<string, unknown>> {
  readonly id: number;
  readonly gridPos: GridPos;
}

/** The dashboard as Grafana reads it from a file (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). */
export function toGrafana(rows: readonly Row[]): Dashboard {
  const panels: PlacedPanel[] = [];
  let y = 0;
  for (const { title, panels: shown } of rows) {
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos: { h: 1, w: ACROSS, x: 0, y }, panels: [] });
    y += 1;
    for (const [at, panel] of shown.entries()) {
      const w = ACROSS / PER_LINE;
      const gridPos = { h: HEIGHT, w, x: (at % PER_LINE) * w, y: y + Math.floor(at / PER_LINE) * HEIGHT };
      panels.push(panelOf(panels.length + 1, panel, gridPos));
    }
    y += Math.ceil(shown.length / PER_LINE) * HEIGHT;
  }
  return {
    uid: 'turnpike',
    title: 'Turnpike',
    tags: ['turnpike'],
    editable: true,
    schemaVersion: 39,
    version: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: '',
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', hide: 0 },
        {
          name: 'service',
          label: 'Service',
          type: 'query',
          datasource: SOURCE,
          query: { query: 'label_values(turnpike_ready, service)', refId: 'service' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { selected: true, text: 'All', value: '$__all' },
        },
      ],
    },
    annotations: { list: [] },
    links: [],
    panels,
  };
}

function panelOf(id: number, { title, description, unit, curves }: Panel, gridPos: GridPos): PlacedPanel {
  return {
    id,
    type: 'timeseries',
    title,
    description,
    datasource: SOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 8, showPoints: 'never' } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: curves.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
