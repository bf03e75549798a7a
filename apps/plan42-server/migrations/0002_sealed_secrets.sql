ALTER TABLE "environments" ADD COLUMN "secrets" text;--> statement-breakpoint
ALTER TABLE "github_connections" ADD COLUMN "secrets" text;--> statement-breakpoint
ALTER TABLE "github_connections" ADD COLUMN "token_expiry" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "github_connections" ADD COLUMN "state" text;--> statement-breakpoint
ALTER TABLE "github_connections" ADD COLUMN "state_expiry" timestamp (3) with time zone;