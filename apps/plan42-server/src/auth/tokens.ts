import { randomUUID, timingSafeEqual } from "node:crypto";
import { CryptoError, tokenPrefixes } from "@plano/crypto";
import { issueToken, verifyToken } from "@plano/crypto/signing";
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { runners, tokens } from "../database/schema.ts";
import { type Events, topics } from "../events/events.ts";
import { unauthorized } from "../http/failure.ts";
import type { Principal } from "./principal.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface TokensOptions {
  readonly database: Database;
  readonly events: Events;
  readonly keys: SigningKeys;
  readonly now: () => Date;
}

/** Issues tokens and tells whose a token is. */
export interface Tokens {
  /** Throws a 401 if the token is wrong, expired or revoked. */
  authenticate(authorization: string | undefined): Promise<Principal>;
  issueRunnerToken(runner: {
    tenantId: string;
    runnerId: string;
    tokenId: string;
    days: number;
  }): Promise<Issued>;
  issueAgentToken(turn: { tenantId: string; taskId: string; turnIndex: number }): Promise<string>;
  /** A token for a page, without a prefix. */
  issueUserToken(tenantId: string, tokenId: string): Promise<string>;
  issueAdminToken(tenantId: string): Promise<string>;
}

interface Issued {
  readonly token: string;
  readonly signatureHash: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const day = 24 * 60 * 60;
const lifetimes = { agent: 2 * day, user: day / 2, admin: 3650 * day };
/** How long a token that was checked is trusted, in milliseconds; a revocation is told at once besides. */
const trust = 5_000;
const mostCached = 10_000;

/** Tokens of this server, with a memory of those that were checked just now. */
export function createTokens({ database, events, keys, now }: TokensOptions): Tokens {
  const checked = new Map<string, { readonly principal: Principal; readonly until: number }>();
  events.observe((topic) => {
    if (topic === topics.tokens || topic === undefined) checked.clear();
  });

  const issue = async (prefix: string, claims: object, seconds: number): Promise<Issued> => {
    const createdAt = now();
    const iat = Math.floor(createdAt.getTime() / 1000);
    const exp = iat + seconds;
    const common = { iss: keys.issuer, iat, nbf: iat, exp };
    const issued = await issueToken(prefix, { ...common, ...claims }, keys);
    return { ...issued, createdAt, expiresAt: new Date(exp * 1000) };
  };

  const verify = async (authorization: string | undefined): Promise<Principal> => {
    const match = /^(APIToken|WebUIToken|AgentToken|ServiceAccountToken) (\S+)$/.exec(authorization ?? "");
    if (!match?.[2]) throw unauthorized("a token is needed: Authorization: APIToken …");
    const token =
      match[1] === "WebUIToken" && !match[2].includes("_ey") ? `${tokenPrefixes.user}_${match[2]}` : match[2];
    const { prefix, claims, signatureHash } = await verifyToken(token, {
      key: keys.key,
      issuer: [...keys.issuers],
      now: now(),
    }).catch((error: unknown) => {
      throw error instanceof CryptoError ? unauthorized(error.message) : error;
    });
    const {
      sub: tenantId,
      principal_type: kind,
      runner_id: runnerId,
      task_id: taskId,
      turn_index: turnIndex,
    } = claims;
    if (tenantId === undefined) throw unauthorized("invalid api token: it has no sub");
    if (
      kind === "Agent" &&
      prefix === tokenPrefixes.agent &&
      taskId !== undefined &&
      turnIndex !== undefined
    ) {
      return { kind: "agent", tenantId, taskId, turnIndex };
    }
    if (prefix !== tokenPrefixes.runner && kind === "User") return { kind: "user", tenantId };
    await requireKnown(tenantId, runnerId ?? "", claims.jti ?? "", signatureHash);
    if (kind === "Admin" && prefix === tokenPrefixes.user) return { kind: "admin", tenantId };
    if (kind === "Runner" && prefix === tokenPrefixes.runner && runnerId !== undefined) {
      return { kind: "runner", tenantId, runnerId };
    }
    throw unauthorized("invalid api token: it is of no known kind");
  };

  const requireKnown = async (tenantId: string, runnerId: string, id: string, hash: string) => {
    const [row] = await database
      .select({ hash: tokens.signatureHash, revokedAt: tokens.revokedAt, runnerDeleted: runners.deleted })
      .from(tokens)
      .leftJoin(runners, and(eq(runners.tenantId, tokens.tenantId), eq(runners.id, tokens.runnerId)))
      .where(and(eq(tokens.tenantId, tenantId), eq(tokens.runnerId, runnerId), eq(tokens.id, id)));
    if (!row || !isSame(row.hash, hash)) throw unauthorized("invalid api token: it is not known here");
    if (row.revokedAt || row.runnerDeleted) throw unauthorized("invalid api token: it has been revoked");
  };

  return {
    authenticate: async (authorization) => {
      const key = authorization ?? "";
      const known = checked.get(key);
      const time = now().getTime();
      if (known && known.until > time) return known.principal;
      const principal = await verify(authorization);
      if (checked.size >= mostCached) checked.clear();
      checked.set(key, { principal, until: time + trust });
      return principal;
    },
    issueRunnerToken: ({ tenantId, runnerId, tokenId, days }) =>
      issue(
        tokenPrefixes.runner,
        { sub: tenantId, runner_id: runnerId, jti: tokenId, principal_type: "Runner" },
        days * day,
      ),
    issueAgentToken: async ({ tenantId, taskId, turnIndex }) => {
      const claims = { sub: tenantId, task_id: taskId, turn_index: turnIndex, principal_type: "Agent" };
      return (await issue(tokenPrefixes.agent, { ...claims, jti: randomUUID() }, lifetimes.agent)).token;
    },
    issueUserToken: async (tenantId, tokenId) => {
      const claims = { sub: tenantId, jti: tokenId, principal_type: "User" };
      const { token } = await issue(tokenPrefixes.user, claims, lifetimes.user);
      return token.slice(token.indexOf("_") + 1);
    },
    issueAdminToken: async (tenantId) => {
      const id = randomUUID();
      const claims = { sub: tenantId, jti: id, principal_type: "Admin" };
      const { token, signatureHash, createdAt, expiresAt } = await issue(
        tokenPrefixes.user,
        claims,
        lifetimes.admin,
      );
      await database.transaction(async (transaction) => {
        await transaction
          .update(tokens)
          .set({ revokedAt: createdAt })
          .where(and(eq(tokens.tenantId, tenantId), eq(tokens.kind, "admin"), isNull(tokens.revokedAt)));
        await transaction.insert(tokens).values({
          tenantId,
          id,
          kind: "admin",
          runnerId: "",
          signatureHash,
          expiresAt,
          createdAt,
          updatedAt: createdAt,
        });
      });
      events.publish(topics.tokens);
      return token;
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
