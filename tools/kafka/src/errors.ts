/** Every way in which a local Kafka may refuse (beside PortTaken of free-port), each as a sentence that says what to do. */

export class KafkaImpossible extends Error {
  override readonly name = 'KafkaImpossible';
}

export class OwnedByAnother extends Error {
  override readonly name = 'OwnedByAnother';
  constructor(
    readonly directory: string,
    readonly ownerPid: number,
  ) {
    super(`The Kafka in ${directory} belongs to process ${ownerPid}, which is still running. Stop that process, or choose another folder.`);
  }
}

export class WrongCluster extends Error {
  override readonly name = 'WrongCluster';
  constructor(
    readonly broker: string,
    readonly found: string,
    readonly ours: string,
  ) {
    super(
      `The broker at ${broker} belongs to cluster ${found}, ours is ${ours}: another Kafka answers on our port. Stop it, or choose another port.`,
    );
  }
}

export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  constructor(
    readonly program: string,
    readonly output: string,
    readonly logFile: string | null,
  ) {
    super(`${program} did not start${logFile === null ? '' : ` (log: ${logFile})`}: ${output.trim() || 'it said nothing.'}`);
  }
}

export class NotReady extends Error {
  override readonly name = 'NotReady';
  constructor(
    readonly broker: string,
    readonly seconds: number,
    reason: string,
  ) {
    super(`The broker at ${broker} was not ready within ${seconds} s: ${reason}`);
  }
}
