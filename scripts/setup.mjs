// npm run setup
import { setUp } from "./set-up.mjs";
import { bold, red } from "./steps.mjs";

try {
  await setUp();
  process.stdout.write(`\nReady. Try ${bold("npm run demo")}, or ${bold("npx planoai up")}.\n`);
} catch (error) {
  process.stderr.write(`${red("Set-up stopped:")} ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
