import { KafkaLog, type RoadLog } from '@turnpike/messaging';

type Messages = Parameters<RoadLog['append']>[0];
type Booking = Parameters<RoadLog['append']>[1];

/** A log that tells when a page was acknowledged: after the broker's answer, before the relay's book. */
export class TimedLog extends KafkaLog {
  constructor(
    options: ConstructorParameters<typeof KafkaLog>[0],
    private readonly acknowledged: (messages: Messages) => void,
  ) {
    super(options);
  }

  override async append(messages: Messages, book: Booking): Promise<void> {
    await super.append(messages, async (refusals, on) => {
      this.acknowledged(messages);
      await book(refusals, on);
    });
  }
}
