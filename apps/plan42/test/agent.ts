import { importIntoDocker, probeImageTar } from "@plano/plan42-testkit";

/** The testkit's probe, which leaves its log to the runner. */
export const agentImage = "localhost/plan42/quiet-probe:1";

/** Puts the agent's image into an engine. */
export async function importAgent(dockerHost: string): Promise<void> {
  const tar = await probeImageTar();
  if (tar === undefined) throw new Error("busybox is missing");
  await importIntoDocker(dockerHost, agentImage, tar, { "ai.plan42.logs": "stdout" });
}

/**
 * A prompt that the probe runs as shell: some commands, then the turn's end, told to the server by the agent
 * itself. It holds no quotes and no backslashes, so these come out of its input and out of base64.
 */
export function completingPrompt(port: number, ...commands: readonly string[]): string {
  const headers = [
    "PATCH /v1/tenants/$tenant/tasks/$task/turns/1 HTTP/1.1",
    "Host: server",
    "Authorization: APIToken $token",
    "If-Match: $version",
    "Content-Type: application/json",
    `Content-Length: \${#body}`,
    "Connection: close",
    "",
  ];
  const script = `
    q=\${input#?}; q=\${q%%Type*}
    cr=$(echo DQ== | base64 -d)
    token=\${input#*AgentToken$q:$q}; token=\${token%%$q*}
    tenant=\${input#*TenantId$q:$q}; tenant=\${tenant%%$q*}
    task=\${input#*TaskId$q:$q}; task=\${task%%$q*}
    body={\${q}Status$q:\${q}Completed$q,\${q}OutputMessage$q:\${q}all-done$q}
    request() { ${headers.map((line) => `echo ${line}$cr`).join("; ")}; printf %s $body; }
    version=1
    while [ $version -lt 60 ]
    do request | nc -w 5 host.docker.internal ${port} | head -n 1 | grep -q 200 && exit 0
    version=$((version+1))
    done
    exit 1`;
  const lines = [...commands, ...script.trim().split("\n")];
  return lines
    .map((line) => line.trim())
    .join("; ")
    .replace("do; ", "do ");
}
