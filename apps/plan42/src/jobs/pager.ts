import { spawn } from "node:child_process";
import { once } from "node:events";
import { AppError, describeCause } from "@plano/errors";
import { showControls } from "@plano/terminal";
import type { Environment } from "../context.ts";
import { pagerCommand } from "../environment.ts";

/**
 * Shows text in the user's pager, which may be `cat`: what would steer the terminal is shown as signs. Resolves to 0
 * when they leave it, also before its end.
 */
export async function showInPager(text: Iterable<string>, environment: Environment): Promise<number> {
  // The variable holds a command line, as everywhere.
  const pager = spawn("/bin/sh", ["-c", pagerCommand(environment)], {
    stdio: ["pipe", "inherit", "inherit"],
    env: { LESS: "FRX", ...environment } as NodeJS.ProcessEnv,
  });
  let hasLeft = false;
  pager.stdin.on("error", () => {
    // The reader has seen enough.
    hasLeft = true;
  });
  const ended = new Promise<number>((resolve, reject) => {
    pager.once("error", (cause) =>
      reject(
        new AppError(`cannot start the pager: ${describeCause(cause)}`, {
          code: "pager",
          cause,
          hint: "PAGER names it; with PAGER=cat all is shown at once.",
        }),
      ),
    );
    pager.once("close", (code) => resolve(code === 127 ? 1 : 0));
  });
  // Its failure reaches the caller by what is returned.
  void ended.catch(() => {}).finally(() => pager.stdin.destroy());
  for (const piece of text) {
    if (hasLeft || pager.stdin.destroyed) break;
    if (!pager.stdin.write(showControls(piece))) {
      await Promise.race([once(pager.stdin, "drain"), once(pager.stdin, "close")]).catch(() => {});
    }
  }
  pager.stdin.end();
  return ended;
}
