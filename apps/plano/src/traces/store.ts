import { beginningOf, type Span, type Trace } from "./span.ts";

const mostTraces = 50;
const mostSpans = 500;

interface Group {
  traceId: string;
  /** By span id, in the order of arrival. */
  readonly spans: Map<string, Span>;
}

/**
 * Traces in memory: the 50 that spans have come for last, of 500 spans each. A span belongs with its parent, also where the two have
 * different trace ids, and whichever comes first; the trace then has the id of its root.
 */
export class TraceStore {
  /** The one that was added to last is the last. */
  readonly #groups = new Set<Group>();
  /** Where the span of an id is. */
  readonly #home = new Map<string, Group>();
  /** Where the children of a span wait that has not come. */
  readonly #waiting = new Map<string, Group>();

  /** The one that began last is the first. */
  traces(): Trace[] {
    return [...this.#groups]
      .reverse()
      .map(({ traceId, spans }) => ({ trace_id: traceId, spans: [...spans.values()] }))
      .sort((left, right) => beginningOf(right) - beginningOf(left));
  }

  /** Keeps a span, unless it is there already. */
  add(span: Span): void {
    if (this.#home.has(span.spanId)) return;
    const group = this.#groupOf(span);
    if (group.spans.size < mostSpans) this.#put(span, group);
    this.#groups.delete(group);
    this.#groups.add(group);
    const [oldest] = this.#groups;
    if (this.#groups.size > mostTraces && oldest !== undefined) this.#drop(oldest);
  }

  #groupOf(span: Span): Group {
    const ofParent = this.#home.get(span.parentSpanId);
    const ofChildren = this.#waiting.get(span.spanId);
    const ofTrace = [...this.#groups].find(({ traceId }) => traceId === span.traceId);
    const group = ofParent ?? ofChildren ?? ofTrace ?? { traceId: span.traceId, spans: new Map() };
    if (ofChildren !== undefined && ofChildren !== group) this.#merge(ofChildren, group);
    if (ofChildren !== undefined && span.parentSpanId === "") {
      if (ofTrace !== undefined && ofTrace !== group) this.#merge(ofTrace, group);
      group.traceId = span.traceId;
    }
    return group;
  }

  #put(span: Span, group: Group): void {
    group.spans.set(span.spanId, span);
    this.#home.set(span.spanId, group);
    this.#waiting.delete(span.spanId);
    if (span.parentSpanId !== "" && !this.#home.has(span.parentSpanId)) {
      this.#waiting.set(span.parentSpanId, group);
    }
  }

  #merge(from: Group, into: Group): void {
    this.#drop(from);
    for (const span of from.spans.values()) {
      if (into.spans.size < mostSpans) this.#put(span, into);
    }
  }

  #drop(group: Group): void {
    this.#groups.delete(group);
    for (const { spanId, parentSpanId } of group.spans.values()) {
      this.#home.delete(spanId);
      if (this.#waiting.get(parentSpanId) === group) this.#waiting.delete(parentSpanId);
    }
  }
}
