/** Methods of controllers, as Nest names them to an interceptor. */
const marked = new WeakSet<object>();

/** For a route that touches no table: it is answered without a transaction, and so also while the database is away. */
export function AnsweredFromMemory(): MethodDecorator {
  return (_target, _name, descriptor) => {
    if (descriptor.value instanceof Function) marked.add(descriptor.value);
  };
}

export function isAnsweredFromMemory(handler: object): boolean {
  return marked.has(handler);
}
