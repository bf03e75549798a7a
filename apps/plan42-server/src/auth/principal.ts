import type { Endpoint, PrincipalKind } from "@plano/protocol";
import { forbidden } from "../http/failure.ts";

/** Who calls, as their token says. */
export type Principal =
  | { readonly kind: "admin" | "user"; readonly tenantId: string }
  | { readonly kind: "runner"; readonly tenantId: string; readonly runnerId: string }
  | {
      readonly kind: "agent";
      readonly tenantId: string;
      readonly taskId: string;
      readonly turnIndex: number;
    };

/** Calls in which an admin may name any tenant. */
const acrossTenants: ReadonlySet<string> = new Set(["createTenant", "getTenant", "createUserToken"]);

/** Throws a 403 unless the principal may make this call with these parameters. */
export function authorize(
  principal: Principal,
  name: string,
  { callers }: Endpoint,
  path: Readonly<Record<string, string>>,
): void {
  if (!callers.includes(principal.kind))
    throw forbidden(`${withArticle(principal.kind)} may not call ${name}`);
  const isOther = path.tenantId !== undefined && path.tenantId !== principal.tenantId;
  if (isOther && !(principal.kind === "admin" && acrossTenants.has(name))) {
    throw forbidden("the token belongs to another tenant");
  }
  if (principal.kind === "runner" && path.runnerId !== undefined && path.runnerId !== principal.runnerId) {
    throw forbidden("the token belongs to another runner");
  }
  if (principal.kind !== "agent") return;
  if (path.taskId !== undefined && path.taskId !== principal.taskId) {
    throw forbidden("the token belongs to another task");
  }
  if (path.turnIndex !== undefined && path.turnIndex !== String(principal.turnIndex)) {
    throw forbidden("the token belongs to another turn");
  }
}

function withArticle(kind: PrincipalKind): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
