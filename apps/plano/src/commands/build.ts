import type { ImageOptions } from "../build/image.ts";
import type { Context } from "../context.ts";

export interface BuildOptions extends ImageOptions {
  /** The container's image. */
  readonly docker: boolean;
}

/** Builds what the gateway runs on: the container's image, or what native mode needs on this machine. */
export async function run({ docker, ...options }: BuildOptions, context: Context): Promise<number> {
  if (options.native && !docker) await (await import("../build/native.ts")).buildNative(context);
  else await (await import("../build/image.ts")).buildImage(options, context);
  return 0;
}
