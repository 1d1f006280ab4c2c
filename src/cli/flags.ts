import { Command, InvalidArgumentError } from 'commander';
import { collected, settingFlag } from './config-flags.ts';

/** A command with the flags that every command takes. */
export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(settingFlag('models'))
    .addOption(settingFlag('device'))
    .option('--config <file>', 'configuration file (default: viewfinder.config.json or .ts in the working folder)')
    .option('--set <key=value>', 'any setting of the configuration; may be repeated', collected);
}

/** A command that touches a library. */
export function libraryCommand(name: string, description: string): Command {
  return command(name, description)
    .addOption(settingFlag('library'))
    .addOption(settingFlag('media'))
    .addOption(settingFlag('mediaHosts'))
    .addOption(settingFlag('busyTimeout'))
    .addOption(settingFlag('state'));
}

export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}
