/** @param list host:port, comma separated. @throws TypeError naming what is no broker */
export function brokersIn(list: string): string[] {
  const brokers = list
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean);
  if (brokers.length === 0) throw new TypeError('Say which Kafka.');
  const wrong = brokers.find((broker) => !/^[^\s:/]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(broker));
  if (wrong !== undefined) throw new TypeError(`"${wrong}" is no broker: host:port.`);
  return brokers;
}
