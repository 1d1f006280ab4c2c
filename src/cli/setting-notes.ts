import { z } from 'zod';

/** What is said of a setting beside the values that it may have. */
export interface SettingNotes {
  readonly description: string;
  /** As commander writes it, where it has a flag beside `--set`. */
  readonly flag?: string;
  /** A variable that other programs know it by, which is looked into after our own. */
  readonly knownAs?: string;
  /** A path: relative to the configuration file, or to the working folder where it is not from there. */
  readonly folder?: true;
  /** Shown to nobody. */
  readonly secret?: true;
}

/** Each setting is what has notes here; an object without any holds settings of its own. */
export const notes = z.registry<SettingNotes>();
