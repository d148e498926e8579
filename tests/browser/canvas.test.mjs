// The card as the browser's canvas draws it, in every colour, view and language: its pixels are kept with the
// text of the code beside them, for readers that others wrote (tests/readers/readers.py). LIANGMA_CARDS holds
// the scenes (`cargo run -p liangma-card --all-features --example pictures -- FOLDER`), LIANGMA_CANVAS takes
// the pictures.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { openGlass, show } from './glass.mjs';
import { startBrowser, startPhones } from './tools.mjs';

const cards = process.env.LIANGMA_CARDS;
const out = process.env.LIANGMA_CANVAS;
const names = readdirSync(cards).filter((name) => /^page-.*\.json$/.test(name)).map((name) => path.parse(name).name).sort();

/** A page with nothing but a card. */
const screen = {
  route: 'code', title: '亮码', language: 'zh-Hans', view: 'normal', presentation: 'push', back: 'leave', capture: false,
  focus: null, haptic: null, keep_awake: false, brightness: { level: 'as_it_is' }, announcements: [],
  widgets: [{ id: 'card', kind: 'code_card', label: '亮码', position: 'top', enlarged: false }],
};

let phones;
let browser;

before(async () => {
  phones = await startPhones();
  browser = await startBrowser();
  mkdirSync(out, { recursive: true });
});

after(async () => {
  await browser?.close();
  await phones?.stop();
});

describe('the card on the canvas', { timeout: 120_000 }, () => {
  // One pixel a point gives four pixels a module, which are also read distorted.
  for (const [pixels, ending] of [[1, '-4px'], [2, '-8px'], [2.625, '-narrow']]) {
    it(`is drawn with whole pixels for the modules at ${pixels} pixels a point`, async () => {
      assert.equal(names.length, 27, 'three colours, views and languages');
      const page = await openGlass(browser, phones.address, { deviceScaleFactor: pixels });
      for (const name of names) {
        const scene = JSON.parse(readFileSync(path.join(cards, `${name}.json`), 'utf8'));
        await show(page, { card: scene }, { screen });
        const canvas = await page.evaluate(() => {
          const drawn = document.querySelector('#card canvas');
          return { width: drawn.width, height: drawn.height, picture: drawn.toDataURL('image/png') };
        });
        assert.equal(canvas.width, Math.round(scene.width * pixels));
        assert.equal(canvas.height, Math.round(scene.height * pixels));
        const stem = path.join(out, `${name}${ending}`);
        writeFileSync(`${stem}.png`, Buffer.from(canvas.picture.split(',')[1], 'base64'));
        copyFileSync(path.join(cards, `${name}.txt`), `${stem}.txt`);
      }
      await page.context().close();
    });
  }
});
