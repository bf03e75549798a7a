import { failure, type Rule } from "./rule.ts";

/** What is said to a service by HTTP has no meaning for a program. */
const programsAreNotReachedByHttp: Rule = ({ providers }) =>
  providers.flatMap(({ path, localAgent, baseUrl, httpHost, headers, aws, passthroughAuth }) => {
    if (localAgent === undefined) return [];
    const given = {
      base_url: baseUrl !== undefined,
      http_host: httpHost !== undefined,
      headers: Object.keys(headers).length > 0,
      aws: aws !== undefined,
      passthrough_auth: passthroughAuth,
    };
    return Object.entries(given)
      .filter(([, isGiven]) => isGiven)
      .map(([key]) =>
        failure(
          "local-agent-key",
          [...path, key],
          `${localAgent} runs on this machine: \`${key}\` does not apply. Leave it out`,
        ),
      );
  });

/** Providers that run a program on this machine. */
export const localAgentRules: readonly Rule[] = [programsAreNotReachedByHttp];
