/**
 * A key or a token. These come from the environment alone: whatever is in a file, a flag or a table is read by
 * more people than should know it.
 *
 * @returns undefined where the variable is not set, or holds nothing
 */
export function secretOf(variable: string): string | undefined {
  // biome-ignore lint/style/noProcessEnv: read where it is used, a secret is in no object that could be logged or sent.
  return process.env[variable]?.trim() || undefined;
}
