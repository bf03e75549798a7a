import { withExamples, withJson, withRunnersFile } from "./options.ts";
import type { AddCommands } from "./perform.ts";

/** `plan42 doctor`. */
export const addDoctor: AddCommands = (parent, context, perform) => {
  withExamples(
    withJson(
      withRunnersFile(
        parent
          .command("doctor")
          .summary("look at what this machine's runner needs")
          .description(
            "Looks at everything that this machine's runner needs (configuration, token, server, clock, network, GitHub, disk, container runtime, an image) and says how to mend what is wrong. Ends with 1 if anything is.",
          )
          .option("--image <reference>", "image to fetch (the one that a job ran in last)")
          .option("--egress <host>", "host outside that jobs need", "github.com"),
      ),
    ),
    "plan42 doctor",
    "plan42 doctor --image registry.example.com/agent:1 --json",
  ).action(async (flags: { configFile?: string; image?: string; egress: string; json: boolean }) => {
    const { run } = await import("../commands/doctor.ts");
    await perform(run(flags, context));
  });
};
