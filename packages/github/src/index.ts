export { type GithubAddresses, githubAddresses } from "./addresses.ts";
export type { Feedback, FeedbackComment } from "./feedback/feedback.ts";
export {
  createGithub,
  type Github,
  type GithubOptions,
  type PageRequest,
  type Repository,
} from "./github.ts";
export { GithubError } from "./github-error.ts";
export type { NamesPage } from "./rest.ts";
