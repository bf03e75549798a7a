import { isIP } from "node:net";
import type { Draft } from "../normalize.ts";
import { failure, type Rule } from "./rule.ts";

const dayMilliseconds = 24 * 3_600_000;

const addressesAreNumeric: Rule = ({ listeners }) =>
  listeners
    .filter(({ address }) => isIP(address) === 0)
    .map(({ address, path }) =>
      failure("address", [...path, "address"], "`address` must be an IP address or localhost", {
        value: address,
      }),
    );

const listenersKeepClearOfMetrics: Rule = ({ listeners, metrics }) =>
  listeners
    .filter(({ port }) => port === metrics.port)
    .map(({ port, path }) =>
      failure("port-taken", [...path, "port"], `port ${port} is where metrics are served; choose another`),
    );

const timeoutsAreInRange: Rule = ({ listeners, overrides }: Draft) => {
  const times = [
    ...listeners.map(({ timeout, path }) => ({ path: [...path, "timeout"], time: timeout, least: 1 })),
    { path: ["overrides", "drain_timeout"], time: overrides.drainTimeout, least: 0 },
    { path: ["overrides", "upstream_connect_timeout"], time: overrides.upstreamConnectTimeout, least: 1 },
    {
      path: ["overrides", "upstream_first_byte_timeout"],
      time: overrides.upstreamFirstByteTimeout,
      least: 1,
    },
    { path: ["overrides", "upstream_idle_timeout"], time: overrides.upstreamIdleTimeout, least: 1 },
  ];
  return times
    .filter(({ time, least }) => time < least || time > dayMilliseconds)
    .map(({ path, least }) =>
      failure(
        "duration",
        path,
        `\`${path.at(-1)}\` must be ${least === 0 ? "" : "more than 0 and "}at most 24h`,
      ),
    );
};

/** Where the gateway listens and how long things may take. */
export const addressRules: readonly Rule[] = [
  addressesAreNumeric,
  listenersKeepClearOfMetrics,
  timeoutsAreInRange,
];
