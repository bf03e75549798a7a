// npm run demo [-- gateway | jobs]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setUp } from "./set-up.mjs";
import { commandEnvironment, red, root } from "./steps.mjs";

/** The parts of the demo in order, each a program of its own. */
const parts = { gateway: join("demos", "tour", "tour.ts"), jobs: join("demos", "jobs", "jobs.ts") };
const [wanted] = process.argv.slice(2);
const chosen = Object.entries(parts).filter(([name]) => wanted === undefined || wanted === name);

try {
  if (chosen.length === 0) {
    throw new Error(`there is no part ${wanted}; there are ${Object.keys(parts).join(" and ")}`);
  }
  await setUp();
  const node = join(root, "node_modules", ".bin", "node");
  for (const [, program] of chosen) {
    process.stdout.write("\n");
    const part = spawnSync(node, [join(root, program)], {
      cwd: root,
      env: commandEnvironment(),
      stdio: "inherit",
    });
    process.exitCode = part.status ?? 1;
    if (process.exitCode !== 0) break;
  }
} catch (error) {
  process.stderr.write(`${red("The demo stopped:")} ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
