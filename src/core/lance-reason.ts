/** Of what an error of Lance's says the first line, without the place in Lance's own sources. */
export function reasonOf(message: string): string {
  return message.replace(/\n.*/s, '').replace(/, \/\S+\.rs:\d+:\d+.*/, '');
}
