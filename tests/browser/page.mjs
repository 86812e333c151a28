// SPDX-License-Identifier: Apache-2.0
// A report in Chromium, and what the page itself can tell.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';

const require = createRequire(`${process.env.BROWSER_MODULES}/`);
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const launch = () => chromium.launch({
  executablePath: BROWSERS.find(existsSync),
  args: process.getuid() === 0 ? ['--no-sandbox'] : [], // its sandbox refuses to run as root
});

// Opens a report; seen collects what a report must never do.
export async function open(browser, file, how = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...how });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const seen = { console: [], requests: [] };
  page.on('console', (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.console.push(`error: ${error.message}`));
  page.on('request', (request) => seen.requests.push(request.url()));
  await page.goto(`file://${file}`);
  return { page, seen };
}

export const openFolds = (page) => page.$$eval('details', (folds) => folds.forEach((fold) => {
  fold.open = true;
}));

export async function violationsOf(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    resultTypes: ['violations'],
  }));
  return violations.map((v) => `${v.id}: ${v.help} (${v.nodes[0].html.slice(0, 120)})`);
}

export const widthOf = (page) => page.evaluate(() => document.documentElement.scrollWidth);

// What is on top of the page reaches down to here.
export const bottomOfFirst = (page, names) => page.evaluate((list) => Math.max(...list
  .map((name) => document.querySelector(name)).filter(Boolean)
  .map((part) => part.getBoundingClientRect().bottom)), names);

// Elements whose own text is smaller than that many pixels as drawn.
export const smallTexts = (page, least) => page.$$eval('body *', (all, pixels) => all
  .filter((element) => {
    const svg = element.closest('svg');
    const drawn = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE &&
      node.textContent.trim());
    const size = parseFloat(getComputedStyle(element).fontSize) * drawn;
    return words && drawn > 0 && element.tagName !== 'title' && size < pixels - 0.01;
  }).map((element) => element.outerHTML.slice(0, 100)), least);

// The relative luminance of two colours as a ratio, WCAG 2.1 section 1.4.3.
export function contrast(one, other) {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

export const drawnTexts = (page) => page.$$eval('svg text', (all) => all.map((text) => ({
  fill: getComputedStyle(text).fill,
  paper: getComputedStyle(document.body).backgroundColor,
  words: text.textContent,
})));

// Words that leave their drawing, where they are cut off.
export const cutTexts = (page) => page.$$eval('svg', (all) => all.flatMap((svg) => {
  const whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter((text) => {
    const part = text.getBoundingClientRect();
    return whole.width > 0 && (part.left < whole.left - 0.5 || part.right > whole.right + 0.5 ||
      part.top < whole.top - 0.5 || part.bottom > whole.bottom + 0.5);
  }).map((text) => text.textContent);
}));

export const unnamedDrawings = (page) => page.$$eval('svg', (all) => all.filter((svg) => {
  const title = document.getElementById(svg.getAttribute('aria-labelledby'));
  return svg.getAttribute('role') !== 'img' || title?.parentNode !== svg ||
    !title.textContent.trim();
}).map((svg) => svg.outerHTML.slice(0, 100)));
