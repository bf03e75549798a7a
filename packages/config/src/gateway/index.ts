export { type CompileOptions, type CompileResult, compileGatewayConfig } from "./compile.ts";
export type { GatewayConfig, Listener, ModelProvider, Overrides, SocketAddress } from "./gateway-config.ts";
export { type MigrateResult, migrateConfig } from "./migrate.ts";
export { defaultMetrics } from "./normalize.ts";
export { formatPath, formatProblem, type Path, type Position, type Problem } from "./problem.ts";
export { renderCompiled } from "./render/compiled.ts";
export { type RequiredVariable, requiredVariables } from "./required-variables.ts";
export { type ZeroConfig, type ZeroConfigOptions, zeroConfig } from "./zero-config.ts";
