import { hand } from './hand.mjs';

export default async function teardown() {
  await hand.letGo();
}
