import type { ServiceOutcome } from "./exchange.ts";

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

/** What a fault makes of a request; undefined if the request is to be done first. */
export function faultOutcome(fault: ServiceFault): ServiceOutcome | undefined {
  switch (fault.kind) {
    case "answer": {
      const { status, headers = {}, body = "" } = fault;
      return { kind: "answer", status, headers, body };
    }
    case "reset":
    case "silence":
      return { kind: fault.kind };
    case "lose-answer":
      return undefined;
  }
}
