import ts from 'typescript';
import { appOf, isTest, nameOf, nodesOf, parse, type Tree } from './tree.js';

const CONTRACTS = 'libs/contracts/events/src/';

/** The contract's name in code by its file's: `on-stripe-event-received.ts` hears `StripeEventReceived`. */
export function contractOf(file: string): string {
  const words = file.replace(/^on-/, '').replace(/\.ts$/, '').split(/[-.]/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** An app's inputs can be read from a listing only as long as a file is what it is called. */
export function handlersAreNamed(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (appOf(path) === null || isTest(path) || !path.endsWith('.ts')) continue;
    const heard = heardIn(path, text);
    const isHandler = nameOf(path).startsWith('on-');
    if (!isHandler && heard.length > 0)
      faults.push(`${path} hears ${heard.map((one) => one.contract).join(', ')}, and is not called on-….ts`);
    if (!isHandler) continue;
    const contract = contractOf(nameOf(path));
    const [only, ...others] = heard;
    if (!only || others.length > 0) faults.push(`${path} has ${heard.length} @OnTopic; a handler has one`);
    else if (only.contract !== contract) faults.push(`${path} hears ${only.contract}, and is called as if it heard ${contract}`);
    else if (only.className !== `On${contract}`) faults.push(`${path} has the class ${only.className}, not On${contract}`);
  }
  return faults;
}

/** Two handlers of one topic in one app share one place, and one of them would never hear a thing. */
export function oneHandlerPerTopic(tree: Tree): string[] {
  const seen = new Map<string, string>();
  const faults: string[] = [];
  for (const [path, text] of tree) {
    const app = appOf(path);
    if (app === null || isTest(path) || !path.endsWith('.ts')) continue;
    for (const { contract } of heardIn(path, text)) {
      const before = seen.get(`${app} ${contract}`);
      if (before) faults.push(`${path} hears ${contract}, and ${before} does already`);
      seen.set(`${app} ${contract}`, path);
    }
  }
  return faults;
}

function heardIn(path: string, text: string): Array<{ contract: string; className: string }> {
  const heard: Array<{ contract: string; className: string }> = [];
  for (const node of nodesOf(parse(path, text))) {
    if (!ts.isDecorator(node) || !ts.isCallExpression(node.expression) || node.expression.expression.getText() !== 'OnTopic') continue;
    const owner = node.parent.parent;
    heard.push({
      contract: node.expression.arguments[0]?.getText() ?? '',
      className: ts.isClassDeclaration(owner) ? (owner.name?.text ?? '') : '',
    });
  }
  return heard;
}

interface Contract {
  readonly path: string;
  readonly writer: string;
  readonly constant: string;
  /** The topic's name on the wire. */
  readonly topic: string;
}

/** Every topic's file: `export const X = defineTopic({ name: '…' })` or `defineDeadLetters('…')`. */
export function contractsOf(tree: Tree): Contract[] {
  const contracts: Contract[] = [];
  for (const [path, text] of tree) {
    if (!path.startsWith(CONTRACTS) || !path.endsWith('.ts') || isTest(path)) continue;
    const writer = path.slice(CONTRACTS.length).split('/').slice(0, -1).join('/');
    for (const node of nodesOf(parse(path, text))) {
      if (!ts.isVariableDeclaration(node) || !node.initializer || !ts.isCallExpression(node.initializer) || writer === '') continue;
      const maker = node.initializer.expression.getText();
      const topic =
        maker === 'defineTopic'
          ? nameField(node.initializer)
          : maker === 'defineDeadLetters'
            ? `${textOf(node.initializer.arguments[0])}.dead-letters`
            : null;
      if (topic !== null) contracts.push({ path, writer, constant: node.name.getText(), topic });
    }
  }
  return contracts;
}

function nameField(call: ts.CallExpression): string {
  const [fields] = call.arguments;
  if (!fields || !ts.isObjectLiteralExpression(fields)) return '';
  const name = fields.properties.find((property) => property.name?.getText() === 'name');
  return name && ts.isPropertyAssignment(name) ? textOf(name.initializer) : '';
}

const textOf = (node: ts.Node | undefined): string => (node && ts.isStringLiteralLike(node) ? node.text : '');

/** One topic, one writer, one file: the writer is the folder, and the first part of the name. */
export function topicsStandWithTheirWriter(tree: Tree): string[] {
  return contractsOf(tree)
    .filter(({ topic, writer }) => topic.split('.', 1)[0] !== writer)
    .map(({ path, topic, writer }) => `${path} defines ${topic}, and stands in the folder of ${writer}`);
}

/** Only the writer of a topic announces on it; a second writer would undo the first one's order (docs/decisions/0001). */
export function onlyTheWriterAnnounces(tree: Tree): string[] {
  const writers = new Map(contractsOf(tree).map(({ constant, writer }) => [constant, writer] as const));
  const faults: string[] = [];
  for (const [path, text] of tree) {
    const app = appOf(path);
    if (app === null || isTest(path) || !path.endsWith('.ts')) continue;
    for (const node of nodesOf(parse(path, text))) {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'announce')
        continue;
      const writer = writers.get(node.arguments[0]?.getText() ?? '');
      if (writer !== undefined && writer !== app)
        faults.push(`${path} announces ${node.arguments[0]?.getText()}, whose writer is ${writer}`);
    }
  }
  return faults;
}

/** A sample is what keeps old messages readable for ever; a topic without one can be broken unseen. */
export function everyTopicHasASample(tree: Tree): string[] {
  return contractsOf(tree)
    .filter(
      ({ topic }) => ![...tree.keys()].some((path) => path.startsWith(`libs/contracts/events/samples/${topic}/`) && path.endsWith('.json')),
    )
    .map(({ topic }) => `${topic} has no sample in libs/contracts/events/samples`);
}
