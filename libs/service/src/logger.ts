import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { areTracesOn, traceFactsOfLog } from './traces.js';

/** Where lines go instead of standard output: each is JSON, with its end of line. */
export interface LogDestination {
  write(line: string): void;
}

/** What a log line may carry: ids, counts, codes. Never a payload and never a secret. */
export type LogFacts = Readonly<Record<string, string | number | boolean | bigint | null | undefined | Error>>;

/**
 * A log line is an event with ids, at the level its reader needs: error = someone must act now; warn = it healed or will be retried;
 * info = one line per handled event; debug = the rest.
 */
export class Log {
  private constructor(private readonly pino: Logger) {}

  /** @param level one of pino's levels, or `silent` */
  static of(service: string, level: string, destination?: LogDestination): Log {
    const options = {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (label: string) => ({ level: label }) },
      ...(areTracesOn() ? { mixin: () => ({ ...traceFactsOfLog() }) } : {}),
    };
    return new Log(destination ? pino(options, destination) : pino(options));
  }

  error(event: string, facts: LogFacts = {}): void {
    this.pino.error(readable(facts), event);
  }
  warn(event: string, facts: LogFacts = {}): void {
    this.pino.warn(readable(facts), event);
  }
  info(event: string, facts: LogFacts = {}): void {
    this.pino.info(readable(facts), event);
  }
  debug(event: string, facts: LogFacts = {}): void {
    this.pino.debug(readable(facts), event);
  }
}

function readable(facts: LogFacts): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'bigint') line[name] = String(value);
    // A driver's error may quote the row that failed; its code and first line are enough to act on, the stack tells where.
    else if (value instanceof Error)
      line[name] = { name: value.name, message: firstLine(value.message), stack: value.stack?.split('\n').slice(1, 8).join('\n') };
    else line[name] = value;
  }
  return line;
}

function firstLine(text: string): string {
  // MikroORM puts the failed statement, with its values, before the database's own words.
  const own = text.includes(' - ') ? text.slice(text.lastIndexOf(' - ') + 3) : text;
  return own.split('\n', 1)[0]!.slice(0, 500);
}

/** Nest's own words (start, routes, warnings) as log lines of the service they are about. */
export class NestLog implements LoggerService {
  constructor(private readonly log_: Log) {}
  log(message: unknown, ...rest: unknown[]): void {
    this.log_.debug('nest', { message: String(message), context: contextOf(rest) });
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.log_.warn('nest.warning', { message: String(message), context: contextOf(rest) });
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.log_.error('nest.error', { message: String(message), context: contextOf(rest) });
  }
}

function contextOf(rest: unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}
