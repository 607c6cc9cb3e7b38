import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { decodeImage } from '../../inference/images/decode-image.js';
import { makeFolder } from '../../shared/files.js';
import { sumOfFolds } from '../metrics.js';
import { confusionChart } from '../report/figure-charts.js';
import { STYLE, table } from '../report/page-parts.js';
import { escapeHtml, renderChart } from '../report/render-chart.js';
import { foldStatistics, type ImageMeasurement, type WorstExample } from './image-card.js';

export interface ImageReportInput {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  /** What was done, one a line. */
  readonly training: readonly string[];
  readonly measurements: readonly ImageMeasurement[];
  readonly worst: readonly WorstExample[];
}

const THUMBNAIL_PIXELS = 128;
const THUMBNAIL_STYLE = `
.examples { display: flex; flex-wrap: wrap; gap: .8rem; } figure { margin: 0; width: ${THUMBNAIL_PIXELS}px; }
figcaption { font-size: .8rem; overflow-wrap: anywhere; }`;

/** Writes `report.html`, one page without scripts or anything from elsewhere, and `report.json`. */
export async function writeImageReport(folder: string, input: ImageReportInput): Promise<void> {
  await makeFolder(folder);
  const thumbnails = await Promise.all(input.worst.map(({ path }) => thumbnail(path)));
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(input, undefined, 2)}\n`);
  await writeFile(join(folder, 'report.html'), imageReportPage(input, thumbnails));
}

/** @param thumbnails addresses of the worst examples' pictures, in their order */
export function imageReportPage(input: ImageReportInput, thumbnails: readonly string[]): string {
  const { name, version, summary, measurements, training } = input;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}: training report</title>
<style>${STYLE}${THUMBNAIL_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(name)} <small>${escapeHtml(version)}</small></h1>
<p>${escapeHtml(summary)}</p>
</header>
<main>
${measurements.length === 0 ? '<p class="note">It was not measured.</p>' : ''}
${measurements.map(measurementSection).join('\n')}
${worstSection(input, thumbnails)}
<section><h2>How it was trained</h2><ul>${training.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul></section>
</main>
</body>
</html>
`;
}

function measurementSection({
  protocol,
  folds,
  topThree,
  within = {},
  foldSeconds,
}: ImageMeasurement): string {
  const total = sumOfFolds(folds);
  if (total === undefined) return '';
  const figure = (values: readonly number[]): string => {
    const { mean, deviation } = foldStatistics(values);
    return values.length < 2 ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
  };
  return `<section><h2>${escapeHtml(protocol)}</h2>
${table(
  [
    'images',
    'accuracy',
    'balanced accuracy',
    'macro F1',
    'among the first three',
    ...Object.keys(within).map((group) => `accuracy within ${group}`),
    ...(foldSeconds === undefined ? [] : ['training a fold']),
  ],
  [
    [
      String(total.windows),
      figure(folds.map(({ accuracy }) => accuracy)),
      figure(folds.map(({ balancedAccuracy }) => balancedAccuracy)),
      figure(folds.map(({ macroF1 }) => macroF1)),
      topThree?.toFixed(3) ?? '–',
      ...Object.values(within).map(({ accuracy }) => accuracy.toFixed(3)),
      ...(foldSeconds === undefined ? [] : [`${foldSeconds.toFixed(0)} s`]),
    ],
  ],
)}
<div class="plots">${renderChart(confusionChart('label', { pooled: total }, 'images'))}</div>
</section>`;
}

function worstSection({ worst }: ImageReportInput, thumbnails: readonly string[]): string {
  if (worst.length === 0) return '';
  const figures = worst.map(({ path, truth, told, probability }, index) => {
    const text = `${truth}, told ${told} (${probability.toFixed(2)})`;
    return `<figure><img src="${thumbnails[index] ?? ''}" width="${THUMBNAIL_PIXELS}" height="${THUMBNAIL_PIXELS}"
 alt="${escapeHtml(text)}"><figcaption><strong>${escapeHtml(text)}</strong><br>${escapeHtml(basename(path))}</figcaption></figure>`;
  });
  return `<section><h2>Most surely taken for something else</h2><div class="examples">${figures.join('\n')}</div></section>`;
}

/** A small picture as a data URL. */
async function thumbnail(path: string): Promise<string> {
  const size = { widthPixels: THUMBNAIL_PIXELS, heightPixels: THUMBNAIL_PIXELS, resize: 'pad' } as const;
  const { data, widthPixels, heightPixels } = await decodeImage(await readFile(path), size);
  const picture = sharp(data, { raw: { width: widthPixels, height: heightPixels, channels: 3 } });
  return `data:image/jpeg;base64,${(await picture.jpeg({ quality: 75 }).toBuffer()).toString('base64')}`;
}
