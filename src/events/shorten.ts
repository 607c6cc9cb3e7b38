/** Topics and reasons come from outside: a line stays a line. */
const MAX_LOGGED_CHARACTERS = 200;

export function shorten(text: string): string {
  return text.length <= MAX_LOGGED_CHARACTERS ? text : `${text.slice(0, MAX_LOGGED_CHARACTERS)}…`;
}
