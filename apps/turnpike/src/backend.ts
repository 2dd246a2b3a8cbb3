import type { IncomingMessage, ServerResponse } from 'node:http';

/** A running service behind the front door, wherever it runs. */
export interface Backend {
  readonly name: string;
  readonly title: string;
  readonly doors: readonly string[];
  /** Whether there is somebody to hand a request to: not so while its process is being restarted. */
  readonly isUp: boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Throws when it cannot do its work now. */
  check(): Promise<void>;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Finishes what runs, sends what was announced, ends. */
  stop(): Promise<void>;
}
