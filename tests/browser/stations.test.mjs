// The pages around the phones while they are in use: the list of phones, the face provider's page, the desk
// and the collector's page. axe-core finds no fault, and they fit on a small phone, also with large letters.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { letters, sizes } from './sizes.mjs';
import { Collector, Person, startBrowser, startWorld, violations } from './tools.mjs';

const TARGET = 44;

let world;
let browser;
let context;
let green;

/** Everything that is wrong with the page as it stands. */
async function faults(page) {
  const found = (await violations(page)).map(({ id, at }) => `axe ${id}: ${at[0]}`);
  await page.evaluate(`globalThis.sizes = ${sizes}`);
  for (const percent of [100, 200]) {
    await letters(page, percent);
    found.push(...(await page.evaluate((least) => globalThis.sizes(least), TARGET)).map((fault) => `at ${percent} %: ${fault}`));
  }
  await letters(page, 100);
  return found;
}

before(async () => {
  world = await startWorld();
  browser = await startBrowser();
  context = await browser.newContext({ viewport: { width: 320, height: 568 }, reducedMotion: 'reduce' });
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

describe('the pages around the phones, in use', { timeout: 180_000 }, () => {
  it('the list of phones', async () => {
    const page = await context.newPage();
    await page.goto(world.address);
    await page.locator('#phones li').first().waitFor();
    assert.deepEqual(await faults(page), []);
    await page.close();
  });

  it('the face provider\'s page, on the way to a lit code', async () => {
    green = await Person.at(world, context, 'green');
    await green.firstPages();
    await green.logIn();
    await green.toTheFaceCheck();
    await green.toTheProvider();
    const found = await faults(green.page);
    await green.page.locator('button[value="pass"]').click();
    await green.isLit();
    assert.deepEqual(found, []);
  });

  it('the desk, with a message, a face check that waits, and an order that needs a second person', async () => {
    const red = await Person.at(world, context, 'red');
    await red.firstPages();
    await red.logIn();
    await red.toTheFaceCheck();
    await red.toTheProvider();
    await world.tell('statement', { person: 'green', statement: 'fever' });
    await world.tell('statement', { person: 'yellow', statement: 'red_by_hand' });
    const page = await context.newPage();
    await page.goto(`${world.address}/desk`);
    for (const id of ['messages', 'faces', 'stated']) await page.locator(`#${id} li:not(.quiet)`).first().waitFor();
    assert.deepEqual(await faults(page), []);
    await page.close();
    await red.close();
  });

  it('the collector\'s page, from the first page over verdicts and the register to the end of the shift', async () => {
    const start = await context.newPage();
    await start.goto(`${world.address}/collector`);
    await start.locator('#rest button').first().waitFor();
    assert.deepEqual(await faults(start), [], 'start');
    await start.close();
    const collector = await Collector.at(world, context);
    const { page } = collector;
    const press = (name) => page.getByRole('button', { name, exact: true }).click();
    assert.deepEqual(await faults(page), [], 'scan');
    const shot = await green.shot();
    assert.match(await collector.sees(shot), /请/);
    assert.deepEqual(await faults(page), [], 'a verdict with a colour');
    await world.tell('collector', { clock_ahead: 100 });
    await collector.sees(shot);
    assert.deepEqual(await faults(page), [], 'a verdict without a colour');
    await press('改为登记');
    await page.getByRole('button', { name: '登记好了', exact: true }).waitFor();
    assert.deepEqual(await faults(page), [], 'register');
    await press('登记好了');
    await press('本班合计');
    await page.locator('table').first().waitFor();
    assert.deepEqual(await faults(page), [], 'totals');
    await press('清除并收班');
    await page.getByRole('button', { name: '先不清除', exact: true }).waitFor();
    assert.deepEqual(await faults(page), [], 'the question before all is cleared');
  });
});
