/**
 * A moment as Pixano 0.6 stores it: local time without a zone.
 * @returns a date whose UTC digits are those of the local time, as Arrow's naive timestamps want it
 */
export function localTime(moment: Date): Date {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
}
