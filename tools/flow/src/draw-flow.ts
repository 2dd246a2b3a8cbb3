import type { AppFlow, FlowTopic } from './read-app.js';

/** The page docs/flow.md: a picture of the topics between the apps, who says and hears each, and every app's doors. */
export function drawFlow(apps: readonly AppFlow[], topics: readonly FlowTopic[]): string {
  const moving = apps.filter((app) => app.hears.length + app.says.length + app.routes.length + app.jobs.length > 0);
  return `# Flow

Which app hears and says what. Generated from the sources by \`npm run flow\`, checked by \`npm run check\`; not to be edited.

\`\`\`mermaid
${picture(moving, topics)}
\`\`\`

## Topics

${table(
  ['Topic', 'Kind', 'A buried message', 'Said by', 'Heard by'],
  topics.map((topic) => [
    code(topic.name),
    topic.kind,
    topic.burial,
    listed(moving.filter((app) => app.says.includes(topic.name)).map((app) => app.name)),
    listed(moving.filter((app) => hearsTopic(app, topic.name)).map((app) => app.name)),
  ]),
)}

## Apps

${table(
  ['App', 'Hears', 'Says', 'Answers', 'Does by the clock'],
  moving.map((app) => [
    app.name,
    listed(app.hears.map(({ topic, file }) => `${code(topic)} (${file})`)),
    listed(app.says.map(code)),
    listed(app.routes.map(code)),
    listed(app.jobs),
  ]),
)}
`;
}

function picture(apps: readonly AppFlow[], topics: readonly FlowTopic[]): string {
  const lines = ['flowchart LR'];
  for (const app of apps) lines.push(`  ${app.name}["${app.name}"]`);
  for (const [at, topic] of topics.entries()) {
    const writers = apps.filter((app) => app.says.includes(topic.name));
    const readers = apps.filter((app) => hearsTopic(app, topic.name));
    if (writers.length + readers.length === 0) continue;
    lines.push(`  topic${at}(["${topic.name}"])`);
    for (const app of writers) lines.push(`  ${app.name} --> topic${at}`);
    for (const app of readers) lines.push(`  topic${at} --> ${app.name}`);
  }
  return lines.join('\n');
}

function hearsTopic(app: AppFlow, topic: string): boolean {
  return app.hears.some((heard) => heard.topic === topic);
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? '–' : items.join('<br>');
}

function code(text: string): string {
  return `\`${text}\``;
}
