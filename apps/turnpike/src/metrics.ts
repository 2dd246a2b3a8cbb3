/**
 * The metrics of many registries as one page. A family stands once, with the samples of all: scrapers refuse a page that
 * explains a name twice. Samples differ by their `service` label (libs/service gives every registry one).
 * @param pages Prometheus text format 0.0.4
 */
export function mergeMetrics(pages: readonly string[]): string {
  const families = new Map<string, { explanation: Map<string, string>; samples: string[] }>();
  for (const page of pages) {
    let current = '';
    for (const line of page.split('\n')) {
      if (line === '') continue;
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      // Samples without an explanation are a family of their own; `_bucket`, `_sum` and `_count` follow the histogram they belong to.
      if (name !== undefined) current = name;
      else if (!line.startsWith(current) || current === '') current = /^[^\s{]+/.exec(line)?.[0] ?? line;
      const family = families.get(current) ?? { explanation: new Map<string, string>(), samples: [] };
      families.set(current, family);
      if (kind === undefined) family.samples.push(line);
      else if (!family.explanation.has(kind)) family.explanation.set(kind, line);
    }
  }
  const lines = [...families.values()].flatMap(({ explanation, samples }) => [...explanation.values(), ...samples]);
  return `${lines.join('\n')}\n`;
}

/** The page with one label more on every sample, so that two processes of one service do not show the same series. */
export function labelled(page: string, label: string, value: string): string {
  return page.replaceAll(/^([^\s#{]+)(\{(?=.)(\})?)?/gm, (_, name: string, brace?: string, close?: string) =>
    brace === undefined || close !== undefined ? `${name}{${label}="${value}"}` : `${name}{${label}="${value}",`,
  );
}
