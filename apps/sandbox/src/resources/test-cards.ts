/** The test cards of docs.stripe.com/testing: names as in `pm_card_<name>` and `tok_<name>`, and their numbers. */
export interface TestCard {
  readonly brand: string;
  readonly funding: string;
  readonly country: string;
  readonly last4: string;
  readonly expMonth?: number | undefined;
  readonly expYear?: number | undefined;
}

const card = (brand: string, last4: string, funding = 'credit', country = 'US'): TestCard => ({ brand, funding, country, last4 });
const visa = (last4: string): TestCard => card('visa', last4);

const BY_NAME: Readonly<Record<string, TestCard>> = {
  visa: visa('4242'),
  visa_debit: card('visa', '5556', 'debit'),
  mastercard: card('mastercard', '4444'),
  mastercard_debit: card('mastercard', '8210', 'debit'),
  mastercard_prepaid: card('mastercard', '5100', 'prepaid'),
  amex: card('amex', '8431'),
  discover: card('discover', '1117'),
  diners: card('diners', '3237'),
  jcb: card('jcb', '0505'),
  unionpay: card('unionpay', '0005'),
  us: visa('4242'),
  de: card('visa', '0003', 'credit', 'DE'),
  fr: card('visa', '0003', 'credit', 'FR'),
  gb: card('visa', '0000', 'credit', 'GB'),
  // Declined whenever the bank is asked: they cannot be attached.
  chargeDeclined: visa('0002'),
  visa_chargeDeclined: visa('0002'),
  chargeDeclinedInsufficientFunds: visa('9995'),
  visa_chargeDeclinedInsufficientFunds: visa('9995'),
  visa_chargeDeclinedLostCard: visa('9987'),
  visa_chargeDeclinedStolenCard: visa('9979'),
  chargeDeclinedExpiredCard: visa('0069'),
  chargeDeclinedIncorrectCvc: visa('0127'),
  chargeDeclinedProcessingError: visa('0119'),
  visa_chargeDeclinedVelocityLimitExceeded: visa('6975'),
  // Can be attached, and fails when it is charged.
  chargeCustomerFail: visa('0341'),
  // Can be attached, and has no money when it is charged, whoever is there.
  authenticationRequiredChargeDeclinedInsufficientFunds: visa('3178'),
  // The bank wants to see the cardholder.
  authenticationRequired: visa('3184'),
  authenticationRequiredOnSetup: visa('3155'),
  threeDSecure2Required: visa('3220'),
  riskLevelElevated: visa('9235'),
};

const BY_NUMBER: Readonly<Record<string, TestCard>> = {
  '4242424242424242': visa('4242'),
  '4000056655665556': card('visa', '5556', 'debit'),
  '5555555555554444': card('mastercard', '4444'),
  '378282246310005': card('amex', '0005'),
  '4000000000000002': visa('0002'),
  '4000000000009995': visa('9995'),
  '4000000000009987': visa('9987'),
  '4000000000009979': visa('9979'),
  '4000000000000069': visa('0069'),
  '4000000000000127': visa('0127'),
  '4000000000000119': visa('0119'),
  '4000000000006975': visa('6975'),
  '4000000000000341': visa('0341'),
  '4000008260003178': visa('3178'),
  '4000002760003184': visa('3184'),
  '4000002500003155': visa('3155'),
  '4000000000003220': visa('3220'),
};

export function cardOfToken(name: string): TestCard | undefined {
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
}

export function cardOfNumber(number: string): TestCard | undefined {
  const digits = number.replaceAll(' ', '');
  return Object.hasOwn(BY_NUMBER, digits) ? BY_NUMBER[digits] : undefined;
}
