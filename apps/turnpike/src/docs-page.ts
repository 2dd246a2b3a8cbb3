import type { Backend } from './backend.js';

/** The page at `/docs`: where each service's own documentation is. */
export function docsPage(backends: readonly Pick<Backend, 'name' | 'title' | 'doors'>[]): string {
  const rows = backends.map(
    ({ name, title, doors }) =>
      `<li><a href="/docs/${name}">${escaped(title)}</a> <small>${doors.map((door) => `<code>${escaped(door)}</code>`).join(' ')} · <a href="/docs/${name}/openapi.json">OpenAPI</a></small></li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Turnpike</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}code{font-size:.9em}</style>
<h1>Turnpike</h1>
<p>The services behind this port, and what they answer:</p>
<ul>
${rows.join('\n')}
</ul>
<p><a href="/healthz">/healthz</a> · <a href="/readyz">/readyz</a> · <a href="/metrics">/metrics</a></p>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
