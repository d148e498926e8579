// Three languages and three views, on the glass of a phone: the whole life in English, and a code in every
// language and view that a door accepts and whose first action needs no scrolling.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Collector, Person, picture, startBrowser, startWorld } from './tools.mjs';

let world;
let browser;
let context;

before(async () => {
  world = await startWorld();
  browser = await startBrowser();
  context = await browser.newContext({ viewport: { width: 360, height: 740 } });
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

const SETTINGS = [['zh-Hans', '亮码'], ['zh-Hant', '亮碼'], ['en', 'Show code']]
  .flatMap(([language, title]) => ['normal', 'care', 'international'].map((view) => ({ language, view, title })));

describe('languages and views', { timeout: 240_000 }, () => {
  it('the whole life goes in English, with a passport, in 12 taps and 5 typed fields', async () => {
    const person = await Person.at(world, context, 'foreigner');
    const { name, document, phone } = await person.onDesk();
    const shot = async (name) => picture(person.page, `small-en-${name}`);
    await person.sees('Language');
    await shot('language');
    await person.press('Next');
    await person.sees('Size of letters');
    await person.press('Next');
    await person.sees('What this is');
    await shot('about');
    await person.press('I see');
    await person.sees('Log in');
    await shot('login');
    await person.type('Name', name);
    await person.choose('Passport');
    await person.type('Document number', document);
    await person.type('Phone number', phone);
    await person.press('Send me the message');
    await person.sees('Type the code');
    await shot('code');
    await person.page.locator('[data-purpose="one_time_code"]').fill(await person.loginCode());
    await person.press('Log in');
    await person.sees('May we make your health code?');
    await shot('consent');
    await person.press('I agree');
    await person.press('Face check');
    await person.sees('May your face be compared once?');
    await person.press('I agree');
    await person.checkFace('pass');
    await person.isLit('Show code');
    await shot('lit');
    console.log(`a passport in English: ${person.taps} taps, ${person.typed + 1} typed fields`);
    assert.ok(person.taps <= 12, `${person.taps} taps`);
    assert.ok(person.typed + 1 <= 5, `${person.typed + 1} typed fields`);
    await person.close();
  });

  describe('a code', () => {
    let person;
    let collector;

    before(async () => {
      person = await Person.at(world, context, 'green');
      await person.live();
      collector = await Collector.at(world, await browser.newContext());
    });

    for (const { language, view, title } of SETTINGS) {
      it(`in ${language}, ${view} view, is accepted, and its first action is seen at once`, async () => {
        const { page } = person;
        await page.setViewportSize({ width: 360, height: 740 });
        await page.locator('#w-settings').click();
        for (const value of [language, view]) {
          await page.locator(`#widgets input[type="radio"][value="${value}"]`).check();
        }
        await page.waitForFunction(([lang, looks]) => document.documentElement.lang === lang
          && document.querySelector('#glass').dataset.view === looks, [language, view]);
        await picture(page, `small-settings-${language}-${view}`);
        await person.back();
        await person.isLit(title);
        for (const [width, height] of [[360, 740], [320, 568]]) {
          await page.setViewportSize({ width, height });
          await page.waitForFunction((wide) => document.querySelector('#card canvas').clientWidth === wide, width);
          await picture(page, `small-${language}-${view}-${width}`);
          const button = await page.locator('#w-why').boundingBox();
          assert.ok(button.y + button.height <= height, `the first action ends at ${button.y + button.height} of ${height}`);
          const wider = await page.evaluate(() => document.querySelector('#scroll').scrollWidth - document.querySelector('#scroll').clientWidth);
          assert.equal(wider, 0, 'nothing is wider than the glass');
        }
        assert.match(await collector.sees(await person.shot()), /请进/);
      });
    }
  });
});
