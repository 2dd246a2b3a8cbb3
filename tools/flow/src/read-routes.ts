import ts from 'typescript';

const METHODS: ReadonlyMap<string, string> = new Map([
  ['Get', 'GET'],
  ['Post', 'POST'],
  ['Put', 'PUT'],
  ['Patch', 'PATCH'],
  ['Delete', 'DELETE'],
  ['Head', 'HEAD'],
  ['Options', 'OPTIONS'],
  ['All', 'ANY'],
]);

const PLAIN_METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/**
 * The routes of the controllers in a file: `GET /v1/customers/:id`. A part that is not written out stands as its expression. Routes that
 * are registered on Fastify itself (`own.post('/webhooks/…', …)`) count as well.
 */
export function routesOf(source: ts.SourceFile): string[] {
  return [...decoratedRoutesOf(source), ...plainRoutesOf(source)];
}

function plainRoutesOf(source: ts.SourceFile): string[] {
  const routes: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const method = node.expression.name.text;
      const path = node.arguments[0];
      if (PLAIN_METHODS.has(method) && path && ts.isStringLiteralLike(path) && path.text.startsWith('/'))
        routes.push(`${method.toUpperCase()} ${path.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return routes;
}

function decoratedRoutesOf(source: ts.SourceFile): string[] {
  return source.statements.filter(ts.isClassDeclaration).flatMap((type) => {
    const controller = callOf(type, 'Controller');
    if (!controller) return [];
    const prefixes = prefixesOf(controller.arguments[0], source);
    return type.members.flatMap((member) => routesOfMethod(member, prefixes, source));
  });
}

function routesOfMethod(member: ts.ClassElement, prefixes: readonly string[], source: ts.SourceFile): string[] {
  return [...METHODS].flatMap(([decorator, method]) => {
    const call = callOf(member, decorator);
    if (!call) return [];
    return prefixes.flatMap((prefix) => pathsOf(call.arguments[0], source).map((path) => `${method} ${joined(prefix, path)}`));
  });
}

/** `'customers'`, `['customers', 'clients']`, or `{ path: 'customers', version: '1' }`. */
function prefixesOf(argument: ts.Expression | undefined, source: ts.SourceFile): string[] {
  if (!argument || !ts.isObjectLiteralExpression(argument)) return pathsOf(argument, source);
  const value = (name: string): ts.Expression | undefined => {
    const property = argument.properties.filter(ts.isPropertyAssignment).find((one) => one.name.getText(source) === name);
    return property?.initializer;
  };
  const version = value('version');
  const versions = version ? pathsOf(version, source).map((one) => `v${one}`) : [''];
  return versions.flatMap((one) => pathsOf(value('path'), source).map((path) => joined(one, path)));
}

function pathsOf(argument: ts.Expression | undefined, source: ts.SourceFile): string[] {
  if (!argument) return [''];
  if (ts.isArrayLiteralExpression(argument)) return argument.elements.flatMap((element) => pathsOf(element, source));
  return [textOf(argument, source)];
}

/** A literal, a constant of the same file, or what stands there. */
function textOf(expression: ts.Expression, source: ts.SourceFile): string {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (ts.isTemplateExpression(expression)) {
    const spans = expression.templateSpans.map((span) => textOf(span.expression, source) + span.literal.text);
    return expression.head.text + spans.join('');
  }
  if (ts.isIdentifier(expression)) {
    const constant = constantOf(expression.text, source);
    if (constant) return textOf(constant, source);
  }
  return `{${expression.getText(source)}}`;
}

function constantOf(name: string, source: ts.SourceFile): ts.Expression | undefined {
  const declarations = source.statements.filter(ts.isVariableStatement).flatMap((statement) => [...statement.declarationList.declarations]);
  const found = declarations.find((declaration) => declaration.name.getText(source) === name)?.initializer;
  return found && ts.isAsExpression(found) ? found.expression : found;
}

function callOf(node: ts.Node, decorator: string): ts.CallExpression | undefined {
  if (!ts.canHaveDecorators(node)) return undefined;
  const calls = (ts.getDecorators(node) ?? []).flatMap(({ expression }) => (ts.isCallExpression(expression) ? [expression] : []));
  return calls.find((call) => ts.isIdentifier(call.expression) && call.expression.text === decorator);
}

function joined(...parts: string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
}
