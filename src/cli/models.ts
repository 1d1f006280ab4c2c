import { Command } from 'commander';
import { modelsListCommand } from './models-list.ts';
import { modelsPullCommand } from './models-pull.ts';

export function modelsCommand(): Command {
  const models = new Command('models').description('List the models that are here, and fetch others.');
  for (const command of [modelsListCommand, modelsPullCommand]) models.addCommand(command());
  return models;
}
