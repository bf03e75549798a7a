/** A tool that every suite offers. */
export const weather = {
  name: "get_weather",
  description: "Weather of a city",
  parameters: {
    type: "object" as const,
    properties: { city: { type: "string" as const }, note: { type: "string" as const } },
    required: ["city"],
  },
};

/** One transparent pixel. */
export const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** What the stand-in's scenario `unicode` answers. */
export const unicode = 'Grüße, 世界! 👩‍🚀🏳️‍🌈 \u2028 ñ é "quoted" back\\slash';
