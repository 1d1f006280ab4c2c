/** A caller's text as a message repeats it: long ones are cut, for the message is for a person. */
export function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
