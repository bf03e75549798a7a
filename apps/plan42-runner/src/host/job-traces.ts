import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { untilAborted, withDeadline } from "@plano/waiting";
import type { JobOutcome } from "../jobs/job-outcome.ts";

/** Traces of jobs: one span for each, from its message to the end of its container. */
export interface JobTraces {
  add(outcome: JobOutcome): void;
  /** Sends what is left. Never rejects. */
  close(): Promise<void>;
}

export interface JobTracesOptions {
  /** Where spans are sent by OTLP over HTTP: `…/v1/traces`. Headers come from `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly url: string;
  readonly version: string;
  readonly runnerId: string;
  /** Hears why spans were dropped, once until some are taken again. */
  readonly onError: (error: unknown) => void;
}

const closeMilliseconds = 3_000;

/** Sends spans in the background; those that cannot be sent are dropped. Names: OpenTelemetry's CI/CD conventions. */
export function createJobTraces({ url, version, runnerId, onError }: JobTracesOptions): JobTraces {
  const exporter = tellingOfLosses(new OTLPTraceExporter({ url, timeoutMillis: 10_000 }), onError);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "plan42-runner",
      "service.version": version,
      "cicd.worker.id": runnerId,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 2_000 })],
  });
  const tracer = provider.getTracer("plan42-runner", version);
  return {
    add: ({ jobId, taskId, turnIndex, image, acceptedAt, startedAt, endedAt, result, failure }) => {
      const span = tracer.startSpan("RUN job", {
        kind: SpanKind.SERVER,
        root: true,
        startTime: acceptedAt,
        attributes: {
          "cicd.pipeline.action.name": "RUN",
          "cicd.pipeline.result": result,
          "cicd.pipeline.run.id": jobId,
          "container.image.name": image,
          "plan42.task.id": taskId,
          "plan42.turn.index": turnIndex,
        },
      });
      if (startedAt !== undefined) span.addEvent("container started", startedAt);
      if (result !== "success") {
        span.setAttribute("error.type", result);
        span.setStatus({
          code: SpanStatusCode.ERROR,
          ...(failure && { message: failure.split("\n")[0] ?? "" }),
        });
      }
      span.end(endedAt);
    },
    close: () =>
      withDeadline(closeMilliseconds, (signal) => untilAborted(provider.shutdown(), signal)).catch(onError),
  };
}

/** The library itself keeps quiet about what it cannot send. */
function tellingOfLosses(exporter: SpanExporter, onError: (error: unknown) => void): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !isFailing) onError(result.error ?? new Error("the collector did not take them"));
        isFailing = failed;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
