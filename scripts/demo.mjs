// npm run demo
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setUp } from "./set-up.mjs";
import { commandEnvironment, red, root } from "./steps.mjs";

try {
  await setUp();
  process.stdout.write("\n");
  const node = join(root, "node_modules", ".bin", "node");
  const tour = spawnSync(node, [join(root, "demos", "tour", "tour.ts")], {
    cwd: root,
    env: commandEnvironment(),
    stdio: "inherit",
  });
  process.exitCode = tour.status ?? 1;
} catch (error) {
  process.stderr.write(`${red("The demo stopped:")} ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
