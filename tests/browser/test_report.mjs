// SPDX-License-Identifier: Apache-2.0
// What a reader's browser makes of a report: readable in every theme and width, with and without
// script, and unable to reach anything. Pictures of all of it stay in the build folder.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bottomOfFirst, contrast, cutTexts, drawnTexts, launch, open, openFolds, smallTexts,
  unnamedDrawings, violationsOf, widthOf } from './page.mjs';
import { write } from './reports.mjs';

const { RDPATH, PCAPS, ARTEFACTS } = process.env;
const SIZE_MAX = 300 * 1024;
const SCREEN = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PAPER = { width: 794, height: 1123 }; // A4 at 96 dots an inch
const TEXT_PX_MIN = 11.5;
const CONTRAST_MIN = 4.5;
const reports = write(RDPATH, PCAPS, join(ARTEFACTS, 'reports'));
const pictures = join(ARTEFACTS, 'pictures');
mkdirSync(pictures, { recursive: true });

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

for (const { kind, file } of reports) {
  describe(kind, () => {
    let page;
    let seen;
    before(async () => { ({ page, seen } = await open(browser, file)); });
    after(async () => { await page.context().close(); });
    const picture = (name) => page.screenshot({ path: join(pictures, `${kind}-${name}.png`),
      fullPage: true });

    test('is small', () => assert.ok(statSync(file).size <= SIZE_MAX));

    test('allows its own style and script alone', () => {
      const text = readFileSync(file, 'utf8');
      const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)[1];
      const sources = (name) => new RegExp(`${name} ([^;]*)`).exec(policy)?.[1].split(' ') ?? [];
      const held = (tag) => [...text.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
        .map((match) => hashOf(match[1]));
      assert.match(policy, /^default-src 'none'/);
      assert.deepEqual(sources('style-src'), held('style'));
      assert.deepEqual(sources('script-src'), held('script'));
      assert.doesNotMatch(text, /<[^>]* (style|on[a-z]+)=/);
    });

    test('says the answer and the first steps without scrolling', async () => {
      const several = await page.locator('section > h1').count() > 1;
      const bottom = await bottomOfFirst(page, several ? ['h1', '.scroll']
        : ['h1', '.sub', '.chips', '.steps li', '.steps li:nth-child(2)']);
      assert.ok(bottom > 0 && bottom <= SCREEN.height, `down to ${bottom} pixels`);
    });

    test('names every drawing for a screen reader', async () => {
      assert.deepEqual(await unnamedDrawings(page), []);
    });

    for (const colorScheme of ['light', 'dark']) {
      test(`is readable and accessible, ${colorScheme}`, async () => {
        await page.emulateMedia({ colorScheme });
        await picture(colorScheme === 'dark' ? 'dark' : SCREEN.width);
        await openFolds(page);
        for (const { fill, paper, words } of await drawnTexts(page))
          assert.ok(contrast(fill, paper) >= CONTRAST_MIN, `${words}: ${fill} on ${paper}`);
        assert.deepEqual(await violationsOf(page), []);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(contrast(ground, 'rgb(0, 0, 0)') > 10, colorScheme === 'light', ground);
      });
    }

    for (const size of [SCREEN, PHONE]) {
      test(`fits ${size.width} pixels`, async () => {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize(size);
        const wide = await widthOf(page);
        assert.ok(wide <= size.width, `${wide} pixels wide`);
        assert.deepEqual(await smallTexts(page, TEXT_PX_MIN), []);
        assert.deepEqual(await cutTexts(page), []);
        if (size === PHONE)
          await picture(size.width);
      });
    }

    test('prints', async () => {
      await page.setViewportSize(PAPER);
      await page.emulateMedia({ media: 'print' });
      const wide = await widthOf(page);
      assert.ok(wide <= PAPER.width, `${wide} pixels wide`);
      await picture('print');
      await page.pdf({ path: join(pictures, `${kind}.pdf`), format: 'A4' });
    });

    test('asks for nothing and complains of nothing', () => {
      assert.deepEqual(seen, { console: [], requests: [`file://${file}`] });
    });

    test('is whole without script', async () => {
      const words = (one) => one.locator('main').evaluate((main) => {
        const copy = main.cloneNode(true);
        copy.querySelectorAll('button').forEach((button) => button.remove());
        return copy.textContent;
      });
      const { page: bare } = await open(browser, file, { javaScriptEnabled: false });
      assert.equal(await words(bare), await words(page));
      assert.equal(await bare.locator('button').count(), 0);
      await bare.context().close();
    });
  });
}

const blackHole = reports.find(({ kind }) => kind === 'black-hole').file;

test('copy buttons put the command on the clipboard', async () => {
  const { page } = await open(browser, blackHole);
  const buttons = await page.$$('button.copy');
  assert.ok(buttons.length >= 3, `${buttons.length} buttons`);
  for (const button of buttons) {
    await button.click();
    const expected = await button.evaluate((self) => self.previousSibling.textContent);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), expected);
    assert.equal(await button.textContent(), 'Copied');
  }
  await page.context().close();
});

test('the policy stops what a report does not bring along', async () => {
  const { page } = await open(browser, blackHole);
  const stopped = await page.evaluate(async () => {
    const violated = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      violated.push(event.effectiveDirective));
    const add = (tag, set) => document.body.append(Object.assign(
      document.createElement(tag), set));
    add('script', { textContent: 'globalThis.ran = true' });
    add('style', { textContent: 'h1{display:none}' });
    add('img', { src: 'https://example.invalid/a.png' });
    add('iframe', { src: 'https://example.invalid/' });
    await fetch('https://example.invalid/').catch(() => {});
    await new Promise((done) => { setTimeout(done, 200); });
    return { violated: violated.sort(), ran: Boolean(globalThis.ran),
      hidden: getComputedStyle(document.querySelector('h1')).display === 'none' };
  });
  assert.deepEqual(stopped, { violated: ['connect-src', 'frame-src', 'img-src', 'script-src-elem',
    'style-src-elem'], ran: false, hidden: false });
  await page.context().close();
});
