// SPDX-License-Identifier: Apache-2.0
// Takes the pictures of docs/ anew: docs/report.png, the top of a report on a usual screen,
// docs/report-wire.png, its drawings, and docs/output.png, the answer in a terminal.
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
const rdpath = resolve(process.argv[2]);
const capture = 'pcaps/pmtu-black-hole-to-client/capture.pcap';
const LINES_SHOWN = 48; // to the relief, and no further
const folder = mkdtempSync(join(tmpdir(), 'rdpath-picture-'));
const file = join(folder, 'ticket.html');

// Its output; 1: a fault was found.
function run(...words) {
  try {
    return execFileSync(rdpath, words, { cwd: top, encoding: 'utf8' });
  } catch (error) {
    if (error.status !== 1) throw error;
    return error.stdout;
  }
}

// Colours of a terminal (ECMA-48, SGR) as elements.
function terminal(text) {
  const classes = { 1: 'strong', 2: 'soft', 32: 'good', '1;31': 'bad' };
  const escape = (part) => part.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return text.split('\x1b[').map((part, i) => {
    const [, code, rest] = /^([\d;]*)m([^]*)$/.exec(part) ?? [];
    if (i === 0 || !code) return escape(part);
    return `<span class="${classes[code] ?? ''}">${escape(rest)}</span>`;
  }).join('');
}

async function takeTerminal(browser) {
  const lines = run('analyze', '--color', 'always', capture).split('\n').slice(0, LINES_SHOWN);
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
  await page.setContent(`<style>
    pre { margin: 0; padding: 20px; width: max-content; background: #16191d; color: #e8eaed;
      font: 14px/1.45 "DejaVu Sans Mono", monospace }
    .strong, .bad { font-weight: bold } .soft { color: #a4adb8 } .good { color: #7fd1ab }
    .bad { color: #ff8a80 }
    </style><pre><span class="soft">$</span> ./dev run analyze ${capture}\n${
  terminal(lines.join('\n'))}\n<span class="soft">  …</span></pre>`);
  await page.locator('pre').screenshot({ path: join(top, 'docs', 'output.png') });
}

run('report', '--ticket', 'INC-48213', '-o', file, capture);
const browser = await launch();
await takeTerminal(browser);
const { page } = await open(browser, file);
await page.screenshot({ path: join(top, 'docs', 'report.png') });
const from = await page.locator('h2', { hasText: 'How far it got' }).boundingBox();
const until = await page.locator('h2', { hasText: 'What shows it' }).boundingBox();
await page.screenshot({ path: join(top, 'docs', 'report-wire.png'), fullPage: true,
  clip: { x: 0, y: from.y - 16, width: 1280, height: until.y - from.y } });
await browser.close();
rmSync(folder, { recursive: true });
