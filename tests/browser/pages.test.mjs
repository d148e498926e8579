// The pages beside the phones: the list of phones, the collector's page, the desk.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { picture, startBrowser, startWorld, violations } from './tools.mjs';

let world;
let browser;
let context;

before(async () => {
  world = await startWorld();
  browser = await startBrowser();
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

describe('the other pages', { timeout: 120_000 }, () => {
  for (const [path, there] of [['/', '#phones li'], ['/collector', '#rest button'], ['/desk', '#phones article']]) {
    it(`have no fault that axe finds: ${path}`, async () => {
      const page = await context.newPage();
      await page.goto(world.address + path);
      await page.locator(there).first().waitFor();
      await picture(page, path === '/' ? 'start' : path.slice(1));
      assert.deepEqual(await violations(page), []);
      await page.close();
    });
  }

  it('are refused to another page and under another name', async () => {
    const foreign = await fetch(`${world.address}/phones`, { headers: { origin: 'http://example.org' } });
    assert.equal(foreign.status, 403);
    const own = await fetch(`${world.address}/phones`);
    assert.equal(own.status, 200);
  });
});
