import { Command, InvalidArgumentError } from 'commander';

/** A command with the flags that every command takes. */
export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      '--models <dir>',
      'folder that holds one folder a model (default: "models" beside the library, then the user\'s cache)',
    )
    .option('--config <file>', 'configuration file (default: viewfinder.config.json or .ts in the working folder)');
}

/** A command that touches a library. */
export function libraryCommand(name: string, description: string): Command {
  return command(name, description)
    .option('--library <dir>', 'folder of Pixano datasets')
    .option('--media <dir>', 'where relative picture addresses lead (default: "media" beside the library)')
    .option('--state <dir>', 'where Viewfinder keeps files of its own (default: ".viewfinder" in the library)');
}

export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}
