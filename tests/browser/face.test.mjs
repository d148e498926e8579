// Every way in which a face check ends, and that a face is never the only way.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Person, picture, startBrowser, startWorld } from './tools.mjs';

let world;
let browser;
let context;
let person;

before(async () => {
  world = await startWorld();
  browser = await startBrowser();
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  person = await Person.at(world, context, 'yellow');
  await person.firstPages();
  await person.logIn();
  await person.toTheFaceCheck();
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

describe('a face check', { timeout: 240_000 }, () => {
  const heard = new Set();
  for (const outcome of ['fail', 'cancel', 'time_out', 'wrong_person']) {
    it(`that ends with ${outcome} says so in words of its own, and offers another try and the counter`, async () => {
      await person.checkFace(outcome);
      const notice = person.page.locator('#widgets [data-kind="notice"]').first();
      await notice.waitFor();
      await picture(person.page, `face-${outcome}`);
      const said = await notice.innerText();
      assert.ok(!heard.has(said), `another outcome says the same: ${said}`);
      assert.doesNotMatch(said, /假|冒充|骗/);
      heard.add(said);
      await person.page.locator('#widgets').getByRole('button', { name: '到窗口核对', exact: true }).waitFor();
      await person.press('再刷一次');
    });
  }

  it('that is left by the back button goes on where it was', async () => {
    await person.toTheProvider();
    await person.page.goBack();
    await person.isThere();
    await person.sees('刷脸');
    await picture(person.page, 'face-left');
    await person.page.locator('#widgets').getByRole('link').first().click();
    await person.page.waitForURL(/\/check\?/);
    await person.page.goBack();
    await person.isThere();
  });

  it('that comes back to a phone whose program was killed is taken up', async () => {
    await person.page.locator('#widgets').getByRole('link').first().click();
    await person.page.waitForURL(/\/check\?/);
    await person.change('restart');
    await person.page.locator('button[value="fail"]').click();
    await person.page.waitForURL(/\/phones\//);
    await person.isThere();
    await person.page.locator('#widgets [data-kind="notice"]').first().waitFor();
    await person.press('再刷一次');
  });

  it('that passes leads to the code', async () => {
    await person.checkFace('pass');
    await person.isLit();
    await picture(person.page, 'yellow');
  });

  it('is not needed: the counter reads the document, and the code is lit', async () => {
    const other = await Person.at(world, context, 'child');
    await other.firstPages();
    await other.logIn();
    await other.sees('同意做健康码吗？');
    await other.press('同意');
    await other.sees('核对是您本人');
    await other.press('到窗口核对');
    const digits = await other.page.locator('[data-widget="digits"] dd').innerText();
    await picture(other.page, 'counter');
    await world.tell('approval', { reference: digits.split('\n')[0], card: 'child' });
    await other.press('办好了，看看');
    await other.isLit();
    await other.close();
  });
});
