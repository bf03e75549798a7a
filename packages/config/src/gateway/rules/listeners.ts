import type { DraftListener } from "../normalize.ts";
import { failure, type Rule, repeated } from "./rule.ts";

const onlyOneModelListener: Rule = ({ listeners }) =>
  listeners
    .filter(({ type }) => type === "model")
    .slice(1)
    .map(({ name, path }) =>
      failure("listener-count", path, "only one listener of type model is allowed", { value: name }),
    );

const namesAreUnique: Rule = ({ listeners }) =>
  repeated(listeners, ({ name }) => name).map(({ name, path }) =>
    failure("duplicate-name", [...path, "name"], `Duplicate listener name ${JSON.stringify(name)}`),
  );

/** The log of a listener's requests is a file of its name. */
const namesAreFileNames: Rule = ({ listeners }) =>
  listeners
    .filter(({ name }) => /[/\p{Cc}]/u.test(name) || Buffer.byteLength(name) > longestNameBytes)
    .map(({ name, path }) => {
      const allowed = `text without / and control characters, at most ${longestNameBytes} bytes`;
      const message = `\`name\` must be ${allowed}; it is also the name of a log file`;
      return failure("listener-name", [...path, "name"], message, { value: name, allowed: [allowed] });
    });

/** Leaves room for what a file name has besides. */
const longestNameBytes = 200;

const portsAreGiven: Rule = ({ listeners }) =>
  listeners
    .filter(({ port }) => port === undefined)
    .map(({ path, type }) => failure("port-missing", path, `a listener of type ${type} needs a \`port\``));

const portsAreTakenOnce: Rule = ({ listeners }) =>
  repeated(
    listeners.filter(({ port }) => port !== undefined),
    ({ port }) => String(port),
  ).map(({ port, path }) =>
    failure("port-taken", [...path, "port"], `port ${port} is that of another listener; choose another`),
  );

/** Which types of listeners a key is for. */
const keysOfTypes: Readonly<Record<string, readonly DraftListener["type"][]>> = {
  agents: ["agent"],
  router: ["agent"],
  max_retries: ["model", "prompt"],
};

const keysFitTheType: Rule = ({ listeners }) =>
  listeners.flatMap(({ type, path, written }) =>
    Object.entries(keysOfTypes)
      .filter(([key, types]) => key in written && !types.includes(type))
      .map(([key, types]) =>
        failure(
          "listener-type",
          [...path, key],
          `\`${key}\` belongs to listeners of type ${types.join(" or ")}; this one is of type ${type}`,
        ),
      ),
  );

const agentListenersHaveAgents: Rule = ({ listeners }) =>
  listeners
    .filter(({ type, written }) => type === "agent" && (written.agents ?? []).length === 0)
    .map(({ path }) => failure("no-agents", [...path, "agents"], "a listener of type agent needs `agents`"));

const onlyOneDefaultAgent: Rule = ({ listeners }) =>
  listeners.flatMap(({ path, written }) =>
    (written.agents ?? [])
      .flatMap((agent, index) => (agent.default ? [{ ...agent, index }] : []))
      .slice(1)
      .map(({ id, index }) =>
        failure(
          "default-count",
          [...path, "agents", index, "default"],
          `only one agent of a listener can be default; ${id} is another`,
        ),
      ),
  );

/** Which listeners there are and what they have. */
export const listenerRules: readonly Rule[] = [
  onlyOneModelListener,
  namesAreUnique,
  namesAreFileNames,
  portsAreGiven,
  portsAreTakenOnce,
  keysFitTheType,
  agentListenersHaveAgents,
  onlyOneDefaultAgent,
];
