import type {
  DeadLetterDetailResponse,
  DeadLettersDropRequest,
  DeadLettersDropResponse,
  DeadLettersListRequest,
  DeadLettersListResponse,
  DeadLettersReplayRequest,
  DeadLettersReplayResponse,
} from '@turnpike/contracts-http';

/** What a service's dead letters answer to those who run it (libs/messaging fulfils it). */
export interface DeadLetterDesk {
  list(asked: DeadLettersListRequest): Promise<DeadLettersListResponse>;
  /** @returns null when there is none with this message id */
  show(messageId: string, asked: { readonly body: boolean }): Promise<DeadLetterDetailResponse | null>;
  replay(asked: DeadLettersReplayRequest): Promise<DeadLettersReplayResponse>;
  drop(asked: DeadLettersDropRequest): Promise<DeadLettersDropResponse>;
}
