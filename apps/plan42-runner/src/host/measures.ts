import type { JobOutcome } from "../jobs/job-outcome.ts";

/** What the daemon counts, for `/metrics`. */
export interface Measures {
  polls: number;
  pollErrors: number;
  messages: number;
  messagesUnreadable: number;
  responses: number;
  responseErrors: number;
  jobsAccepted: number;
  jobsRefused: number;
  jobsEnded: number;
  jobsFailed: number;
  jobsAdopted: number;
  /** How long jobs took from their coming to their end, by result. */
  readonly durations: Map<string, Durations>;
}

/** Times of jobs: how many took no longer than each bound, how many in all, and their sum in seconds. */
interface Durations {
  readonly atMost: number[];
  count: number;
  sum: number;
}

const durationBounds = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600];

/** Counts a job that has ended. */
export function countOutcome({ durations }: Measures, { result, acceptedAt, endedAt }: JobOutcome): void {
  const times = durations.get(result) ?? { atMost: durationBounds.map(() => 0), count: 0, sum: 0 };
  const seconds = Math.max(0, endedAt.getTime() - acceptedAt.getTime()) / 1000;
  for (const [index, bound] of durationBounds.entries()) {
    if (seconds <= bound) times.atMost[index] = (times.atMost[index] ?? 0) + 1;
  }
  times.count += 1;
  times.sum += seconds;
  durations.set(result, times);
}

export function createMeasures(): Measures {
  return {
    polls: 0,
    pollErrors: 0,
    messages: 0,
    messagesUnreadable: 0,
    responses: 0,
    responseErrors: 0,
    jobsAccepted: 0,
    jobsRefused: 0,
    jobsEnded: 0,
    jobsFailed: 0,
    jobsAdopted: 0,
    durations: new Map(),
  };
}

/** What there is at the moment, for `/metrics`. */
export interface Gauges {
  readonly queues: number;
  readonly jobsRunning: number;
  readonly jobsWaiting: number;
  /** How many may run at once. */
  readonly jobsMaximum: number;
  readonly handlers: number;
  /** Seconds since the last poll that was answered; undefined before the first. */
  readonly secondsSincePoll: number | undefined;
}

const help: Readonly<Record<Exclude<keyof Measures, "durations">, readonly [name: string, text: string]>> = {
  polls: ["polls_total", "Polls that were answered."],
  pollErrors: ["poll_errors_total", "Polls that failed."],
  messages: ["messages_total", "Messages that came."],
  messagesUnreadable: ["messages_unreadable_total", "Messages that could not be decrypted or understood."],
  responses: ["responses_total", "Responses that were delivered."],
  responseErrors: ["response_errors_total", "Responses that could not be delivered."],
  jobsAccepted: ["jobs_accepted_total", "Jobs that were taken on."],
  jobsRefused: ["jobs_refused_total", "Jobs that were refused."],
  jobsEnded: ["jobs_ended_total", "Jobs that ended, well or not."],
  jobsFailed: ["jobs_failed_total", "Jobs that the runner reported as failed."],
  jobsAdopted: ["jobs_adopted_total", "Jobs that were found running at the start."],
};

/** Prometheus' text format. */
export function renderMetrics(measures: Measures, gauges: Gauges): string {
  const lines: string[] = [];
  const add = (name: string, type: "counter" | "gauge", text: string, value: number) => {
    const full = `plan42_runner_${name}`;
    lines.push(`# HELP ${full} ${text}`, `# TYPE ${full} ${type}`, `${full} ${value}`);
  };
  for (const [key, [name, text]] of Object.entries(help)) {
    add(name, "counter", text, measures[key as keyof typeof help]);
  }
  add("queues", "gauge", "Queues that are polled.", gauges.queues);
  add("jobs_running", "gauge", "Jobs that run.", gauges.jobsRunning);
  add("jobs_waiting", "gauge", "Jobs that wait for others to end.", gauges.jobsWaiting);
  add("handlers", "gauge", "Messages that are being handled.", gauges.handlers);
  if (gauges.secondsSincePoll !== undefined) {
    add(
      "seconds_since_poll",
      "gauge",
      "Seconds since the last poll that was answered.",
      gauges.secondsSincePoll,
    );
  }
  lines.push(...conventionalLines(measures, gauges));
  return `${lines.join("\n")}\n`;
}

/** Series that OpenTelemetry's conventions for CI/CD name: what dashboards of other runners show, too. */
function conventionalLines(measures: Measures, { jobsRunning, jobsWaiting, jobsMaximum }: Gauges): string[] {
  const family = (name: string, type: string, text: string, samples: readonly string[]) => [
    `# HELP ${name} ${text}`,
    `# TYPE ${name} ${type}`,
    ...samples.map((sample) => `${name}${sample}`),
  ];
  return [
    ...family("cicd_pipeline_run_active", "gauge", "Jobs by state.", [
      `{cicd_pipeline_run_state="pending"} ${jobsWaiting}`,
      `{cicd_pipeline_run_state="executing"} ${jobsRunning}`,
    ]),
    ...family("cicd_worker_count", "gauge", "Jobs that may run at once, by state.", [
      `{cicd_worker_state="busy"} ${jobsRunning}`,
      `{cicd_worker_state="available"} ${Math.max(0, jobsMaximum - jobsRunning)}`,
    ]),
    ...family("cicd_system_errors_total", "counter", "Errors of the system itself.", [
      `{cicd_system_component="poll"} ${measures.pollErrors}`,
      `{cicd_system_component="response"} ${measures.responseErrors}`,
    ]),
    ...family(
      "cicd_pipeline_run_duration_seconds",
      "histogram",
      "Time of jobs from their coming to their end.",
      [...measures.durations].flatMap(([result, { atMost, count, sum }]) => {
        const label = `cicd_pipeline_result="${result}"`;
        const buckets = durationBounds.map(
          (bound, index) => `_bucket{${label},le="${bound}"} ${atMost[index]}`,
        );
        return [
          ...buckets,
          `_bucket{${label},le="+Inf"} ${count}`,
          `_sum{${label}} ${sum}`,
          `_count{${label}} ${count}`,
        ];
      }),
    ),
  ];
}
