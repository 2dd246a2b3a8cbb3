/**
 * The part of PromQL (https://prometheus.io/docs/prometheus/latest/querying/basics/) that our alerts and dashboard use, strictly: what is
 * not here is a mistake, or belongs here too. Prometheus' own `promtool` checks the same where it is at hand; here it is not.
 */
export type Expression =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'selector'; readonly metric: string; readonly matchers: readonly Matcher[]; readonly rangeSeconds: number | null }
  | { readonly is: 'call'; readonly function: string; readonly arguments: readonly Expression[] }
  | {
      readonly is: 'aggregation';
      readonly operator: string;
      readonly by: readonly string[] | null;
      readonly without: readonly string[] | null;
      readonly of: Expression;
    }
  | {
      readonly is: 'operation';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly on: readonly string[] | null;
      readonly groupLeft: boolean;
    };

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

const AGGREGATIONS = new Set(['sum', 'max', 'min', 'avg', 'count']);
const FUNCTIONS: Readonly<Record<string, number>> = {
  rate: 1,
  increase: 1,
  absent: 1,
  histogram_quantile: 2,
  predict_linear: 2,
  time: 0,
  clamp_min: 2,
};
const OVER_RANGES = new Set(['rate', 'increase', 'predict_linear']);
/** From the loosest to the tightest. */
const PRECEDENCE = [['or'], ['and', 'unless'], ['==', '!=', '<=', '<', '>=', '>'], ['+', '-'], ['*', '/']];
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[smhdw])?)|([a-zA-Z_:$][\w:$]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|==|!=|<=|>=|[-+*/<>=(){}[\],]))/y;

export class NotPromql extends Error {
  override readonly name = 'NotPromql';
}

/** @throws NotPromql saying where and why */
export function parsePromql(text: string): Expression {
  const parser = new Parser(tokensOf(text), text);
  const expression = parser.expression(0);
  parser.end();
  return expression;
}

/** The metrics that an expression names. */
export function metricsNamed(expression: Expression): string[] {
  switch (expression.is) {
    case 'number':
      return [];
    case 'selector':
      return [expression.metric];
    case 'call':
      return expression.arguments.flatMap(metricsNamed);
    case 'aggregation':
      return metricsNamed(expression.of);
    case 'operation':
      return [...metricsNamed(expression.left), ...metricsNamed(expression.right)];
    default:
      return expression satisfies never;
  }
}

/** The selectors of an expression: which labels it asks of which metric. */
export function selectorsIn(expression: Expression): Extract<Expression, { is: 'selector' }>[] {
  switch (expression.is) {
    case 'number':
      return [];
    case 'selector':
      return [expression];
    case 'call':
      return expression.arguments.flatMap(selectorsIn);
    case 'aggregation':
      return selectorsIn(expression.of);
    case 'operation':
      return [...selectorsIn(expression.left), ...selectorsIn(expression.right)];
    default:
      return expression satisfies never;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new NotPromql(`"${text.slice(at, at + 20)}" is no PromQL, in: ${text}`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

class Parser {
  private at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly text: string,
  ) {}

  end(): void {
    if (this.at < this.tokens.length) this.fail(`"${this.tokens[this.at]}" is left over`);
  }

  expression(level: number): Expression {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.single();
    let left = this.expression(level + 1);
    while (operators.includes(this.next())) {
      const operator = this.take();
      const on = this.next() === 'on' ? (this.take(), this.labels()) : null;
      const groupLeft = this.next() === 'group_left';
      if (groupLeft) {
        this.take();
        this.labels();
      }
      left = { is: 'operation', operator, left, right: this.expression(level + 1), on, groupLeft };
    }
    return left;
  }

  private single(): Expression {
    const token = this.take();
    if (token === '(') return this.closed(this.expression(0));
    if (/^\d/.test(token)) return { is: 'number', value: Number(token) };
    if (AGGREGATIONS.has(token)) return this.aggregation(token);
    if (this.next() === '(') return this.call(token);
    if (/^[a-zA-Z_]/.test(token)) return this.selector(token);
    return this.fail(`"${token}" begins nothing`);
  }

  private aggregation(operator: string): Expression {
    let by: readonly string[] | null = null;
    let without: readonly string[] | null = null;
    if (this.next() === 'by') by = (this.take(), this.labels());
    else if (this.next() === 'without') without = (this.take(), this.labels());
    this.expect('(');
    return { is: 'aggregation', operator, by, without, of: this.closed(this.expression(0)) };
  }

  private call(name: string): Expression {
    const count = FUNCTIONS[name];
    if (count === undefined) return this.fail(`there is no function ${name} here`);
    this.expect('(');
    const given: Expression[] = [];
    while (this.next() !== ')') {
      given.push(this.expression(0));
      if (this.next() !== ')') this.expect(',');
    }
    this.expect(')');
    if (given.length !== count) this.fail(`${name} takes ${count} arguments`);
    if (OVER_RANGES.has(name) && !given.some((one) => one.is === 'selector' && one.rangeSeconds !== null))
      this.fail(`${name} wants a range, such as [5m]`);
    return { is: 'call', function: name, arguments: given };
  }

  private selector(metric: string): Expression {
    const matchers: Matcher[] = [];
    if (this.next() === '{') {
      this.take();
      while (this.next() !== '}') {
        matchers.push({ label: this.take(), operator: this.matchOperator(), value: this.string() });
        if (this.next() !== '}') this.expect(',');
      }
      this.expect('}');
    }
    if (this.next() !== '[') return { is: 'selector', metric, matchers, rangeSeconds: null };
    this.take();
    const range = this.take();
    this.expect(']');
    return { is: 'selector', metric, matchers, rangeSeconds: range === '$__rate_interval' ? 60 : this.seconds(range) };
  }

  private matchOperator(): Matcher['operator'] {
    const operator = this.take();
    if (operator === '=' || operator === '!=' || operator === '=~' || operator === '!~') return operator;
    return this.fail(`"${operator}" compares no labels`);
  }

  private string(): string {
    const token = this.take();
    return /^["']/.test(token) ? token.slice(1, -1) : this.fail(`"${token}" is no text`);
  }

  private seconds(range: string): number {
    const [, count, unit] = /^(\d+)([smhdw])$/.exec(range) ?? [];
    return UNITS[unit ?? ''] === undefined ? this.fail(`"${range}" is no duration`) : Number(count) * (UNITS[unit ?? ''] ?? 0);
  }

  private labels(): string[] {
    const labels: string[] = [];
    this.expect('(');
    while (this.next() !== ')') {
      labels.push(this.take());
      if (this.next() !== ')') this.expect(',');
    }
    this.expect(')');
    return labels;
  }

  private closed(expression: Expression): Expression {
    this.expect(')');
    return expression;
  }

  private next(): string {
    return this.tokens[this.at] ?? '';
  }

  private take(): string {
    const token = this.tokens[this.at++];
    return token ?? this.fail('it ends too early');
  }

  private expect(wanted: string): void {
    const token = this.take();
    if (token !== wanted) this.fail(`"${wanted}" was expected and not "${token}"`);
  }

  private fail(because: string): never {
    throw new NotPromql(`${because}, in: ${this.text}`);
  }
}
