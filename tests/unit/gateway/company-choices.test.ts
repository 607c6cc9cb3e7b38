import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import { CompanyChoices } from '../../../src/gateway/company-choices.js';
import { deviceId } from '../../helpers/make-results.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const [anna, ben] = [deviceId('anna'), deviceId('ben')];
const configFor = (dataDir: string, enabled = true) =>
  configSchema.parse({ dataDir, company: { enabled }, devices: { ben: { company: 'on' }, dora: {} } });

describe(CompanyChoices, () => {
  it('has nobody take part who was not asked', async () => {
    await using folder = await temporaryFolder();
    const choices = await CompanyChoices.open(configFor(folder.path));
    expect([choices.choiceOf(anna), choices.takesPart(anna)]).toEqual([undefined, false]);
  });

  it('keeps what wearers choose over a restart, until they choose otherwise or are forgotten', async () => {
    await using folder = await temporaryFolder();
    const reopened = () => CompanyChoices.open(configFor(folder.path));
    const choices = await reopened();
    await choices.choose(anna, true);
    expect((await reopened()).takesPart(anna)).toBe(true);
    await choices.choose(anna, false);
    expect((await reopened()).choiceOf(anna)).toBe(false);
    expect(await choices.erasable.holds(anna)).toBe(true);
    await choices.erasable.forget(anna);
    expect(await choices.erasable.holds(anna)).toBe(false);
    expect((await reopened()).choiceOf(anna)).toBeUndefined();
  });

  it('takes choices that come at once', async () => {
    await using folder = await temporaryFolder();
    const choices = await CompanyChoices.open(configFor(folder.path));
    const names = Array.from({ length: 20 }, (_, index) => deviceId(`phone-${index}`));
    await Promise.all(names.map((name) => choices.choose(name, true)));
    const later = await CompanyChoices.open(configFor(folder.path));
    expect(names.every((name) => later.takesPart(name))).toBe(true);
  });

  it('goes by the configuration first, and says so', async () => {
    await using folder = await temporaryFolder();
    const choices = await CompanyChoices.open(configFor(folder.path));
    expect(choices.takesPart(ben)).toBe(true);
    await expect(choices.choose(ben, false)).rejects.toMatchObject({
      code: 'INPUT_REFUSED',
      message: 'The configuration decides: devices.ben.company',
    });
  });

  it('has nobody take part where company is switched off, whatever was chosen', async () => {
    await using folder = await temporaryFolder();
    await (await CompanyChoices.open(configFor(folder.path))).choose(anna, true);
    const off = await CompanyChoices.open(configFor(folder.path, false));
    expect([off.takesPart(anna), off.takesPart(ben)]).toEqual([false, false]);
    await expect(off.choose(anna, true)).rejects.toMatchObject({ code: 'INPUT_REFUSED' });
  });

  it('says what is wrong with a file that is none of choices', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'company'));
    await writeFile(join(folder.path, 'company', 'choices.json'), '[]');
    await expect(CompanyChoices.open(configFor(folder.path))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
