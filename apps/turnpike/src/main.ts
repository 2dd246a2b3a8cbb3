import { join, resolve } from 'node:path';
import { Log } from '@turnpike/service';
import { readArguments, USAGE } from './arguments.js';
import { greeting } from './banner.js';
import { defaultFolder, launch, type Turnpike } from './launch.js';
import { LogFile } from './log-file.js';
import { isLogForFile } from './log-line.rules.js';
import { SERVICES } from './services.js';
import { readSettings, type Settings } from './settings.js';
import { tellStory } from './story.js';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
/** Ctrl-C reaches us from the terminal and once more through npm: two within this time are one. */
const ONE_SIGNAL_MS = 1_000;
const LOOK_FOR_PARENT_MS = 500;

const asked = readArguments(
  process.argv.slice(2),
  SERVICES.map(({ name }) => name),
);
if (asked.do === 'help') {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (asked.do === 'wrong') {
  process.stderr.write(`${asked.because}\n\n${USAGE}`);
  process.exit(2);
}

const tell = (line: string) => void process.stdout.write(`${line}\n`);
let toldToStopAt: number | null = null;
let running: Promise<Turnpike> | null = null;
let showsStacks = false;

/** The one owner of shutdown: of all services in this process, and of all servers and processes that we started. */
async function stop(): Promise<void> {
  const now = performance.now();
  if (toldToStopAt !== null) {
    if (now - toldToStopAt > ONE_SIGNAL_MS) process.exit(130);
    return;
  }
  toldToStopAt = now;
  tell('\nStopping: what runs is finished first. Once more ends it at once.');
  const turnpike = await running?.catch(() => null);
  await turnpike?.stop();
  tell('Stopped.');
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

try {
  const settings = withLevel(readSettings(), asked.log);
  showsStacks = settings.LOG_LEVEL === 'debug';
  const isStoryAsked = asked.story === 'play';
  const isForFile = isLogForFile({ isTerminal: process.stdout.isTTY, isStoryAsked, level: settings.LOG_LEVEL });
  const logFile = isForFile ? new LogFile(tell) : undefined;
  const log = Log.of('turnpike', settings.LOG_LEVEL ?? 'info', logFile);
  // SIGTERM to `npm start` may end only the shell between npm and us; then nobody is left to tell us.
  if (settings.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && toldToStopAt === null && void stop(), LOOK_FOR_PARENT_MS).unref();
  }
  const folder = asked.folder === null ? defaultFolder(CHECKOUT) : resolve(asked.folder);
  tell(`Starting${asked.reset ? ' clean' : ''} …${asked.processes ? ' (Kafka takes some seconds)' : ''}`);
  const { processes, replicas, reset } = asked;
  const place = { port: asked.port ?? settings.PORT, host: settings.HOST, folder };
  running = launch({ ...place, processes, replicas, reset, logFile }, settings, log);
  const turnpike = await running;
  const { url, sandboxUrl, installation, mode, apiKey } = turnpike;
  if (toldToStopAt === null) {
    tell(
      greeting(
        {
          url,
          sandboxUrl,
          mode,
          folder,
          logFile: logFile ? LogFile.in(folder) : null,
          apiKey,
          isDeclaredElsewhere: settings.DECLARATION !== undefined,
          startedInMs: performance.now(),
        },
        CHECKOUT,
      ),
    );
    if (apiKey !== null) await installation.keepThatApiKeyIsShown();
  }
  const isStoryTime = asked.story === 'play' || (asked.story === 'first time' && apiKey !== null);
  if (isStoryTime && toldToStopAt === null) {
    const isWhole = await tellStory(turnpike, asked.patienceSeconds, tell);
    if (asked.story === 'play' && toldToStopAt === null) {
      toldToStopAt = performance.now();
      await turnpike.stop();
      process.exit(isWhole ? 0 : 1);
    }
  }
} catch (error) {
  process.stderr.write(`Turnpike did not start. ${error instanceof Error ? error.message : String(error)}\n`);
  if (showsStacks && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

function withLevel(settings: Settings, level: Settings['LOG_LEVEL'] | null): Settings {
  return level === null ? settings : { ...settings, LOG_LEVEL: level };
}
