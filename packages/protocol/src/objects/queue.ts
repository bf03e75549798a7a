import { z } from "zod";
import { wireObject } from "../wire.ts";

export const runnerQueueSchema = wireObject({
  TenantID: z.string(),
  RunnerID: z.string(),
  QueueID: z.string(),
  /** PEM. */
  PublicKey: z.string(),
  CreatedAt: z.string(),
  UpdatedAt: z.string().optional(),
  Version: z.number().int(),
  IsHealthy: z.boolean().default(false),
  Draining: z.boolean().default(false),
  NConsecutiveFailedHealthChecks: z.number().int().default(0),
  NConsecutiveSuccessfulHealthChecks: z.number().int().default(0),
  LastHealthCheckAt: z.string().optional(),
});
export type RunnerQueue = z.output<typeof runnerQueueSchema>;

/** An encrypted message; what it takes to open it is in the package crypto. */
export const envelopeSchema = wireObject({
  EncryptionAlgorithm: z.string(),
  EncryptedData: z.string(),
  EphemeralPublicKey: z.string(),
});

export const runnerMessageSchema = wireObject({
  TenantID: z.string(),
  RunnerID: z.string(),
  QueueID: z.string(),
  MessageID: z.string(),
  CallerID: z.string(),
  /** PEM of the key that the answer is encrypted to. */
  CallerPublicKey: z.string(),
  CreatedAt: z.string().default(""),
  Payload: envelopeSchema,
});
export type RunnerMessage = z.output<typeof runnerMessageSchema>;

/** The messages are left as they came: each is to be parsed by itself, so that a bad one spoils no other. */
export const messagesBatchSchema = wireObject({ Messages: z.array(z.unknown()).default([]) });
export type MessagesBatch = z.output<typeof messagesBatchSchema>;
