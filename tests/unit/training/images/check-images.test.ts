import { describe, expect, it } from 'vitest';
import { checkImages } from '../../../../src/training/images/check-images.js';
import type { ImageFolder } from '../../../../src/training/images/image-folder.js';

/** Content of files by class; the same text is the same picture. */
function folder(path: string, content: Readonly<Record<string, readonly string[]>>): ImageFolder {
  const classes = Object.keys(content).sort();
  const files = classes.flatMap((name, label) =>
    (content[name] ?? []).map((hash, index) => ({ path: `${path}/${name}/${index}.jpg`, label, hash })),
  );
  return { path, classes, files, otherFiles: 0 };
}

describe('checkImages', () => {
  it('leaves images out of training that are also in validation, and names them', () => {
    const train = folder('train', { hat: ['a', 'b', 'c'], shoe: ['d', 'e'] });
    const { train: kept, validation, warnings } = checkImages(train, folder('val', { hat: ['b', 'x'] }));
    expect(kept.map(({ hash }) => hash)).toEqual(['a', 'c', 'd', 'e']);
    expect(validation.map(({ hash }) => hash)).toEqual(['b', 'x']);
    expect(warnings).toContainEqual(
      expect.stringMatching(/1 images are in training and validation.*train\/hat\/1\.jpg/),
    );
  });

  it('counts an image that is there twice once, and says so of two classes', () => {
    const train = folder('train', { hat: ['a', 'a', 'b'], shoe: ['b', 'c', 'd'] });
    const { train: kept, warnings } = checkImages(train, undefined);
    expect(kept.map(({ hash }) => hash)).toEqual(['a', 'b', 'c', 'd']);
    expect(warnings).toContainEqual(expect.stringContaining('2 images are there more than once'));
    expect(warnings).toContainEqual(expect.stringMatching(/1 images are in two classes.*shoe\/0\.jpg/));
  });

  it.each([
    ['a class with one image', { hat: ['a', 'b'], shoe: ['c'] }, '"shoe" has 1'],
    ['a class without images', { hat: ['a', 'b'], shoe: [] }, '"shoe" has 0'],
    ['a class whose images are all one', { hat: ['a', 'b'], shoe: ['c', 'c'] }, '"shoe" has 1'],
    ['one class', { hat: ['a', 'b'] }, 'at least two'],
  ])('refuses %s', (_, content, message) => {
    expect(() => checkImages(folder('train', content), undefined)).toThrow(message);
  });

  it('refuses a class whose images are all in validation as well', () => {
    const train = folder('train', { hat: ['a', 'b'], shoe: ['c', 'd'] });
    expect(() => checkImages(train, folder('val', { shoe: ['c', 'd'] }))).toThrow('"shoe" has 0');
  });

  it('refuses classes of the validation folder that training lacks', () => {
    const train = folder('train', { hat: ['a', 'b'], shoe: ['c', 'd'] });
    expect(() => checkImages(train, folder('val', { coat: ['x'] }))).toThrow('coat');
  });

  it('gives validation images the labels of the training folder', () => {
    const train = folder('train', { coat: ['a', 'b'], hat: ['c', 'd'], shoe: ['e', 'f'] });
    const { validation } = checkImages(train, folder('val', { shoe: ['x'] }));
    expect(validation[0]?.label).toBe(2);
  });

  it('warns of classes with few images', () => {
    const train = folder('train', { hat: ['a', 'b'], shoe: ['c', 'd', 'e'] });
    expect(checkImages(train, undefined).warnings).toContainEqual(
      expect.stringContaining('"hat" 2, "shoe" 3'),
    );
  });
});
