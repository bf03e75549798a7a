CREATE TABLE "environments" (
	"tenant_id" text NOT NULL,
	"id" text NOT NULL,
	"content" jsonb NOT NULL,
	"runner_id" text,
	"github_connection_id" text,
	"deleted" boolean DEFAULT false NOT NULL,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "environments_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "github_connections" (
	"tenant_id" text NOT NULL,
	"id" text NOT NULL,
	"is_private" boolean NOT NULL,
	"runner_id" text,
	"name" text,
	"github_user_login" text,
	"github_user_id" bigint,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "github_connections_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"sequence" bigserial NOT NULL,
	"queue" text NOT NULL,
	"caller_id" text NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "responses" (
	"message_id" text PRIMARY KEY NOT NULL,
	"caller_id" text NOT NULL,
	"queue" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runner_queues" (
	"tenant_id" text NOT NULL,
	"runner_id" text NOT NULL,
	"id" text NOT NULL,
	"public_key" text NOT NULL,
	"is_healthy" boolean NOT NULL,
	"draining" boolean NOT NULL,
	"failed_checks" integer NOT NULL,
	"successful_checks" integer NOT NULL,
	"last_check_at" timestamp (3) with time zone,
	"next_check_at" timestamp (3) with time zone NOT NULL,
	"last_polled_at" timestamp (3) with time zone,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "runner_queues_tenant_id_runner_id_id_pk" PRIMARY KEY("tenant_id","runner_id","id")
);
--> statement-breakpoint
CREATE TABLE "runners" (
	"tenant_id" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"is_cloud" boolean NOT NULL,
	"runs_tasks" boolean NOT NULL,
	"proxies_github" boolean NOT NULL,
	"deleted" boolean DEFAULT false NOT NULL,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "runners_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"tenant_id" text NOT NULL,
	"id" text NOT NULL,
	"title" text NOT NULL,
	"environment_id" text,
	"prompt" text NOT NULL,
	"model" text,
	"repositories" jsonb NOT NULL,
	"state" text NOT NULL,
	"deleted" boolean DEFAULT false NOT NULL,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tasks_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"profile" jsonb NOT NULL,
	"default_runner_id" text,
	"default_github_connection_id" text,
	"deleted" boolean DEFAULT false NOT NULL,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"tenant_id" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"runner_id" text NOT NULL,
	"signature_hash" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tokens_tenant_id_runner_id_id_pk" PRIMARY KEY("tenant_id","runner_id","id")
);
--> statement-breakpoint
CREATE TABLE "turn_logs" (
	"tenant_id" text NOT NULL,
	"task_id" text NOT NULL,
	"turn_index" integer NOT NULL,
	"index" integer NOT NULL,
	"timestamp" text NOT NULL,
	"message" text NOT NULL,
	CONSTRAINT "turn_logs_tenant_id_task_id_turn_index_index_pk" PRIMARY KEY("tenant_id","task_id","turn_index","index")
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"tenant_id" text NOT NULL,
	"task_id" text NOT NULL,
	"index" integer NOT NULL,
	"prompt" text NOT NULL,
	"previous_response_id" text,
	"commits" jsonb NOT NULL,
	"status" text NOT NULL,
	"is_terminal" boolean DEFAULT false NOT NULL,
	"output_message" text,
	"error_message" text,
	"completed_at" text,
	"dispatch_at" timestamp (3) with time zone,
	"log_count" integer DEFAULT 0 NOT NULL,
	"sequence" bigserial NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "turns_tenant_id_task_id_index_pk" PRIMARY KEY("tenant_id","task_id","index")
);
--> statement-breakpoint
CREATE TABLE "used_public_keys" (
	"hash" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "messages_queue" ON "messages" USING btree ("queue","sequence");--> statement-breakpoint
CREATE INDEX "runner_queues_next_check" ON "runner_queues" USING btree ("next_check_at");--> statement-breakpoint
CREATE INDEX "turns_active" ON "turns" USING btree ("is_terminal","updated_at");--> statement-breakpoint
CREATE UNIQUE INDEX "turns_sequence" ON "turns" USING btree ("sequence");