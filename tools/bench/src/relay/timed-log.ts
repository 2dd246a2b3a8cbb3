import type { RoadLog } from '@turnpike/messaging';

type Booking = Parameters<RoadLog['append']>[1];

/** A log that tells when a page was acknowledged: after the broker's answer, before the relay's book. */
export class TimedLog implements RoadLog {
  constructor(
    private readonly log: RoadLog,
    private readonly acknowledged: (messages: Parameters<RoadLog['append']>[0]) => void,
  ) {}

  async append(messages: Parameters<RoadLog['append']>[0], book: Booking): Promise<void> {
    await this.log.append(messages, async (refusals, on) => {
      this.acknowledged(messages);
      await book(refusals, on);
    });
  }

  bookPool(...parameters: Parameters<RoadLog['bookPool']>): ReturnType<RoadLog['bookPool']> {
    return this.log.bookPool(...parameters);
  }

  read(...parameters: Parameters<RoadLog['read']>): ReturnType<RoadLog['read']> {
    return this.log.read(...parameters);
  }

  ends(...parameters: Parameters<RoadLog['ends']>): ReturnType<RoadLog['ends']> {
    return this.log.ends(...parameters);
  }

  tail(...parameters: Parameters<RoadLog['tail']>): ReturnType<RoadLog['tail']> {
    return this.log.tail(...parameters);
  }

  check(): Promise<void> {
    return this.log.check();
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
