import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../shared/folders.js';
import type { ReportInput } from './report.js';
import { reportJson } from './report-json.js';
import { reportPage } from './report-page.js';

/** Writes `report.html` and `report.json`. */
export async function writeReport(folder: string, input: ReportInput): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(reportJson(input), undefined, 2)}\n`);
  await writeFile(join(folder, 'report.html'), reportPage(input));
}
