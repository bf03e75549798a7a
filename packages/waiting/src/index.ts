export { withDeadline } from "./deadline.ts";
export { pauseFor, sleep } from "./sleep.ts";
export { untilAborted } from "./until-aborted.ts";
