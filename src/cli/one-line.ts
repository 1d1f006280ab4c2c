/** A message of ours or of a library as the one line that a terminal or a log expects. */
export function oneLine(message: string): string {
  return message.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
