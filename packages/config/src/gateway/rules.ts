import type { Draft } from "./normalize.ts";
import type { Problem } from "./problem.ts";
import { accessKeyRules } from "./rules/access-keys.ts";
import { addressRules } from "./rules/addresses.ts";
import { agentRules } from "./rules/agents.ts";
import { listenerRules } from "./rules/listeners.ts";
import { localAgentRules } from "./rules/local-agents.ts";
import { modelRules } from "./rules/models.ts";
import { operationRules } from "./rules/operation.ts";
import { promptTargetRules } from "./rules/prompt-targets.ts";
import { providerRules } from "./rules/providers.ts";
import { routingRules } from "./rules/routing.ts";
import type { Finding, Rule } from "./rules/rule.ts";

const rules: readonly Rule[] = [
  ...listenerRules,
  ...addressRules,
  ...modelRules,
  ...providerRules,
  ...localAgentRules,
  ...accessKeyRules,
  ...agentRules,
  ...promptTargetRules,
  ...routingRules,
  ...operationRules,
];

export interface RulesResult {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Checks what no schema can: one small rule per condition, all of them always run. */
export function checkRules(draft: Draft): RulesResult {
  const found = rules.flatMap((rule) => rule(draft));
  const problemsOf = (wanted: Finding["kind"]) =>
    found.filter(({ kind }) => kind === wanted).map(({ problem }) => problem);
  return {
    errors: problemsOf("error"),
    warnings: problemsOf("warning"),
  };
}
