import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const text = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8');

/** Instructions of a Dockerfile with their arguments, continuation lines joined. */
function instructionsOf(dockerfile: string): { name: string; args: string }[] {
  return dockerfile
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(/\s+/);
      return { name, args: rest.join(' ') };
    });
}

const instructions = instructionsOf(text);
const argsOf = (name: string) => instructions.filter((one) => one.name === name).map((one) => one.args);
const lastStage = instructions.slice(instructions.findLastIndex((one) => one.name === 'FROM'));

/** Files and folders that are copied from the repository, not from another stage. */
const copied = argsOf('COPY')
  .filter((args) => !args.includes('--from='))
  .flatMap((args) => args.split(' ').slice(0, -1));

describe('deploy/Dockerfile', () => {
  it('has only instructions that exist', () => {
    const known = 'FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD'.split(' ');
    expect(instructions.map((one) => one.name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('builds on images of a fixed version', () => {
    const images = argsOf('FROM').map((args) => args.split(' ')[0]);
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^node:\d+-[a-z]+-slim$/);
  });

  it('copies only what is there and what its ignore file lets through', () => {
    const ignore = readFileSync(join(ROOT, 'deploy/Dockerfile.dockerignore'), 'utf8').split('\n');
    expect(ignore).toContain('*');
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(ignore).toContain(`!${path}`);
    }
  });

  it('does not run as root', () => {
    const user = lastStage.filter((one) => one.name === 'USER').at(-1)?.args;
    expect(user).toBe('node');
    const userAt = lastStage.findIndex((one) => one.name === 'USER');
    expect(lastStage.slice(userAt).some((one) => ['RUN', 'COPY'].includes(one.name))).toBe(false);
  });

  it('asks the gateway whether it is ready', () => {
    const [check = ''] = argsOf('HEALTHCHECK');
    const command: unknown = JSON.parse(check.slice(check.indexOf('[')));
    const configuration = ['--config', '/etc/alongside/config.yaml'];
    expect(command).toEqual(['node', 'dist/main.js', 'health', ...configuration]);
    expect(argsOf('CMD').map((words) => JSON.parse(words))).toContainEqual(['start', ...configuration]);
  });

  it('starts the gateway, without a shell in between that would keep signals from it', () => {
    expect([...argsOf('ENTRYPOINT'), ...argsOf('CMD')].map((args): unknown => JSON.parse(args))).toEqual([
      ['node', 'dist/main.js'],
      ['start', '--config', '/etc/alongside/config.yaml'],
    ]);
  });
});
