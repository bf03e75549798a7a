/** Milliseconds as a duration of protobuf's JSON. */
export function seconds(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}
