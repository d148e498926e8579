// The whole life of a code by clicking, on the program's real phones.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Collector, Person, picture, startBrowser, startWorld, violations } from './tools.mjs';

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

describe('a life by clicking', { timeout: 240_000 }, () => {
  it('goes from the first start to a lit code in 12 taps, 5 typed fields and 120 seconds, and the code is accepted', async () => {
    const person = await Person.at(world, context, 'green');
    const began = Date.now();
    await person.live();
    const seconds = (Date.now() - began) / 1000;
    await picture(person.page, 'green');
    console.log(`first use to lit: ${person.taps} taps, ${person.typed} typed fields, ${seconds.toFixed(1)} s of a script`);
    assert.ok(person.taps <= 12, `${person.taps} taps`);
    assert.ok(person.typed <= 5, `${person.typed} typed fields`);
    assert.ok(seconds <= 120, `${seconds} s`);
    const collector = await Collector.at(world, context);
    const said = await collector.sees(await person.shot());
    await picture(collector.page, 'collector-green');
    assert.match(said, /请进/);
    await collector.page.close();
    await person.close();
  });

  it('lights the code again in one tap, from the list of phones', async () => {
    const page = await context.newPage();
    await page.goto(world.address);
    await page.getByRole('link', { name: /韦秀英/ }).click();
    const person = new Person(world, page, 'green');
    await person.isLit();
    await person.close();
  });

  it('says that something is wrong in four taps without typing, and lights the code again in one', async () => {
    const person = await Person.at(world, context, 'green');
    await person.isLit();
    await person.press('为什么是这个颜色');
    await person.sees('为什么是这个颜色');
    await person.press('我觉得不对');
    await person.sees('我觉得不对');
    await person.choose('检测或疫苗不对');
    await person.press('发送');
    await person.page.getByText('处理期间，码照常用。').waitFor();
    assert.equal(person.taps, 4);
    assert.equal(person.typed, 0);
    await picture(person.page, 'wrong-sent');
    await person.press('回到亮码');
    await person.isLit();
    assert.equal(person.taps, 5);
    await person.close();
  });

  it('shows a red code with its reason, without a fault that axe finds', async () => {
    const person = await Person.at(world, context, 'red');
    await person.live();
    await picture(person.page, 'red');
    await person.press('下一步怎么办');
    await person.sees('为什么是这个颜色');
    await picture(person.page, 'red-why');
    assert.deepEqual(await violations(person.page), []);
    await person.close();
  });
});
