/** How the command ends, for scripts. Listed in the README of this app. */
export const EXIT = {
  /** Done; a dry run that could have been done, too. */
  done: 0,
  /** Could not be done, or only in part: standard error says what is left. */
  failed: 1,
  /** Asked wrongly; nothing was done. */
  usage: 2,
  /** No Turnpike answers there, or it does not let us in; nothing was done, and asking again later is safe. */
  unreachable: 3,
  /** Ended by Ctrl-C: what was done stays done, and standard error says how to go on. */
  interrupted: 130,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command. The message is a sentence that says what to do. */
export class CommandEnded extends Error {
  constructor(
    readonly exit: Exit,
    message: string,
  ) {
    super(message);
  }
}
