/** What a command sees of the world around it; tests give another one. */
export interface Outside {
  /** What was asked for: a table, JSON. Scripts read it. */
  out(text: string): void;
  /** What a person is told beside it: progress, what to do next. */
  tell(text: string): void;
  /** A person sits there: progress is shown, and questions may be asked. */
  readonly isTerminal: boolean;
  /** Asks a person for a line. Only where `isTerminal`. */
  ask(question: string): Promise<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of `npm start` unless `--data` names another. */
  readonly defaultFolder: string;
  /** Aborted by Ctrl-C: finish the part under way, say how to go on, and end. */
  readonly stopping: AbortSignal;
}
