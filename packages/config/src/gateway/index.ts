export { type CompileOptions, type CompileResult, compileGatewayConfig } from "./compile.ts";
export { type EffectiveValue, effectiveTree, effectiveValues, type ValueOrigin } from "./effective.ts";
export { type ExplainResult, type Explanation, explainKey } from "./explain.ts";
export type { GatewayConfig, Listener, ModelProvider, Overrides, SocketAddress } from "./gateway-config.ts";
export { inContainer } from "./in-container.ts";
export {
  LOCAL_AGENT_PROVIDER_INTERFACES,
  type LocalAgentInterface,
  localAgentInterface,
} from "./local-agents.ts";
export { isLoopback } from "./loopback.ts";
export { type MigrateResult, migrateConfig } from "./migrate.ts";
export { defaultMetrics } from "./normalize.ts";
export { formatPath, formatProblem, type Path, type Position, type Problem } from "./problem.ts";
export { renderCompiled } from "./render/compiled.ts";
export { describeOrigin, renderEffective } from "./render/effective.ts";
export {
  type EnvoyDeployment,
  type EnvoyInput,
  renderCompiledWithEnvoy,
  renderEnvoy,
  renderEnvoyBootstrap,
} from "./render/envoy/index.ts";
export { type Hidden, withoutSecrets } from "./render/without-secrets.ts";
export { type RequiredVariable, requiredVariables } from "./required-variables.ts";
export { type ZeroConfig, type ZeroConfigOptions, zeroConfig } from "./zero-config.ts";
