import { Command, InvalidArgumentError, Option } from 'commander';

/** A command with the flags that every command takes. */
export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      '--models <dir>',
      'folder that holds one folder a model (default: "models" beside the library, then the user\'s cache)',
    )
    .addOption(
      new Option('--device <device>', 'where models run (default: auto, a GPU where one can be used)').choices([
        'auto',
        'cpu',
        'cuda',
      ]),
    )
    .option('--config <file>', 'configuration file (default: viewfinder.config.json or .ts in the working folder)');
}

/** A command that touches a library. */
export function libraryCommand(name: string, description: string): Command {
  return command(name, description)
    .option('--library <dir>', 'folder of Pixano datasets')
    .option('--media <dir>', 'where relative picture addresses lead (default: "media" beside the library)')
    .option('--allow-media-host <host>', 'host that pictures may be read from; may be repeated', collected, [])
    .option('--busy-timeout <seconds>', 'how long another program that writes is waited for (default: 30)', seconds)
    .option('--state <dir>', 'where Viewfinder keeps files of its own (default: ".viewfinder" in the library)');
}

/** For an option that may be repeated. */
export function collected(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number >= 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number of seconds of at least 0.');
}

export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}
