/**
 * Draws as Zipf says: the n-th most asked one is asked about 1/n as often as the first.
 * @returns for a number in [0, 1) who is asked about, 0 for the most asked one
 */
export function zipf(count: number): (drawn: number) => number {
  const reached = new Float64Array(count);
  let sum = 0;
  for (let at = 0; at < count; at++) reached[at] = sum += 1 / (at + 1);
  return (drawn) => {
    const wanted = drawn * sum;
    let [least, most] = [0, count - 1];
    while (least < most) {
      const middle = (least + most) >> 1;
      if ((reached[middle] ?? 0) > wanted) most = middle;
      else least = middle + 1;
    }
    return least;
  };
}
