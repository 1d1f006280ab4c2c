/** A string as an SQL literal: the only way in which a value gets into a predicate. */
export function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A column's name as SQL takes it; those with a backtick Lance does not find. */
export function sqlColumn(name: string): string {
  return `\`${name}\``;
}

/** Values of one `IN`: however many a caller looks up, no statement is longer than this makes it. */
const MOST_VALUES = 500;

/** `column IN (…)`, or a predicate that nothing satisfies where there are no values. */
export function sqlIn(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(sqlString).join(', ')})`;
}

/** Predicates that say together what one long `sqlIn` would, each of at most 500 values; none where there are none. */
export function* sqlInEach(column: string, values: readonly string[]): Generator<string> {
  for (let start = 0; start < values.length; start += MOST_VALUES) {
    yield sqlIn(column, values.slice(start, start + MOST_VALUES));
  }
}
