export { oneLine, showControls } from "./controls.ts";
export { describeOption } from "./describe-option.ts";
export { endWithReader } from "./end-with-reader.ts";
export { formatBytes, formatDuration } from "./format.ts";
export { formatPanel } from "./panel.ts";
export { asksForJson, type RunningProgram, runToEnd } from "./run-to-end.ts";
export { createStyle, type Style } from "./style.ts";
export { formatTable } from "./table.ts";
export {
  createTerminal,
  type Progress,
  type ProgressOptions,
  type Terminal,
  type TerminalOptions,
  type TerminalStream,
} from "./terminal.ts";
