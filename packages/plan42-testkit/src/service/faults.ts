import type { IncomingMessage, ServerResponse } from "node:http";

/** Something that goes wrong with a request. */
export type ServiceFault =
  /** Answered with this and nothing done. `body` is sent as it is. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection is reset and nothing done. */
  | { readonly kind: "reset" }
  /** The request is done, and the connection reset before the answer. */
  | { readonly kind: "lose-answer" }
  /** The connection stays open and nothing comes. */
  | { readonly kind: "silence" };

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly fault: ServiceFault;
  left: number;
}

/** Which requests go wrong. */
export interface Faults {
  add(method: string, path: RegExp, fault: ServiceFault, count: number): void;
  clear(): void;
  take(method: string, path: string): ServiceFault | undefined;
}

export function createFaults(): Faults {
  let rules: Rule[] = [];
  return {
    add: (method, path, fault, count) => {
      rules.push({ method, path, fault, left: count });
    },
    clear: () => {
      rules = [];
    },
    take: (method, path) => {
      const rule = rules.find((one) => one.left > 0 && one.method === method && one.path.test(path));
      if (rule === undefined) return undefined;
      rule.left -= 1;
      return rule.fault;
    },
  };
}

/** Carries a fault out; false if the request is to be done first. */
export function commitFault(
  fault: ServiceFault,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  switch (fault.kind) {
    case "answer":
      response.writeHead(fault.status, fault.headers);
      response.end(fault.body ?? "");
      return true;
    case "reset":
      request.socket.resetAndDestroy();
      return true;
    case "silence":
      return true;
    case "lose-answer":
      return false;
  }
}
