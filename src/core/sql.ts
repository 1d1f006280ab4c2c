/** A string as an SQL literal: the only way in which a value gets into a predicate. */
export function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A column's name as SQL takes it; those with a backtick Lance does not find. */
export function sqlColumn(name: string): string {
  return `\`${name}\``;
}

/** `column IN (…)`, or a predicate that nothing satisfies where there are no values. */
export function sqlIn(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(sqlString).join(', ')})`;
}
