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
  };
}

/** What there is at the moment, for `/metrics`. */
export interface Gauges {
  readonly queues: number;
  readonly jobsRunning: number;
  readonly jobsWaiting: number;
  readonly handlers: number;
  /** Seconds since the last poll that was answered; undefined before the first. */
  readonly secondsSincePoll: number | undefined;
}

const help: Readonly<Record<keyof Measures, readonly [name: string, text: string]>> = {
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
    add(name, "counter", text, measures[key as keyof Measures]);
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
  return `${lines.join("\n")}\n`;
}
