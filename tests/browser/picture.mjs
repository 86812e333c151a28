// SPDX-License-Identifier: Apache-2.0
// Takes the pictures of docs/ anew: docs/report.png, the top of a report on a usual screen, and
// docs/report-wire.png, its drawings.
//
//     BROWSER_MODULES=build/browser node tests/browser/picture.mjs build/dev/rdpath
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.BROWSER_MODULES = resolve(process.env.BROWSER_MODULES ?? 'build/browser');
const { launch, open } = await import('./page.mjs');

const top = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'rdpath-picture-'));
const file = join(folder, 'ticket.html');
try {
  execFileSync(resolve(process.argv[2]), ['report', '--ticket', 'INC-48213', '-o', file,
    join(top, 'pcaps', 'pmtu-black-hole-to-client', 'capture.pcap')]);
} catch (error) {
  if (error.status !== 1) throw error; // 1: a fault was found
}
const browser = await launch();
const { page } = await open(browser, file);
await page.screenshot({ path: join(top, 'docs', 'report.png') });
const from = await page.locator('h2', { hasText: 'How far it got' }).boundingBox();
const until = await page.locator('h2', { hasText: 'What shows it' }).boundingBox();
await page.screenshot({ path: join(top, 'docs', 'report-wire.png'), fullPage: true,
  clip: { x: 0, y: from.y - 16, width: 1280, height: until.y - from.y } });
await browser.close();
rmSync(folder, { recursive: true });
