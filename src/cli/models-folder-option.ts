import { Option } from 'commander';

/** `--dir` of every command about models in a folder. */
export function modelsFolderOption(): Option {
  return new Option('--dir <folder>', 'folder of model folders').default('models');
}
