// Without network, beside a copy, with a wrong clock: what a door says to each.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Collector, Person, picture, startBrowser, startWorld, until } from './tools.mjs';

/** A slot of a code lasts 15 seconds. */
const SLOT = 15;

let world;
let browser;
let context;
let person;
let collector;

async function openDoor() {
  world = await startWorld();
  browser = await startBrowser();
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  person = await Person.at(world, context, 'green');
  await person.live();
  collector = await Collector.at(world, context);
}

async function closeDoor() {
  await browser?.close();
  await world?.stop();
}

describe('at a door', { timeout: 240_000 }, () => {
  before(openDoor);
  after(closeDoor);

  it('the code is lit without network, after the phone was switched off and on, and is accepted', async () => {
    await person.change({ network: false });
    await person.change('reboot');
    await person.page.reload();
    await person.isLit();
    await picture(person.page, 'offline');
    await person.page.getByText('没有网络，不影响亮码。').waitFor();
    assert.match(await collector.sees(await person.shot()), /请进/);
    await person.change({ network: true });
  });

  it('a picture of the code is accepted at once, and after 90 seconds no more, and nobody is accused', async () => {
    const frozen = await person.shot();
    assert.match(await collector.sees(frozen), /请进/);
    // Instead of waiting: whoever checks is 90 seconds later, and the picture is as it was.
    await world.tell('collector', { clock_ahead: 90 });
    const later = await collector.sees(frozen);
    await picture(collector.page, 'collector-not-live');
    assert.match(later, /请刷新再亮一次/);
    assert.doesNotMatch(later, /假|伪造|请进/);
    await world.tell('collector', { clock_ahead: 90 + SLOT + 1 });
    const stood = await collector.sees(frozen);
    await picture(collector.page, 'collector-copy');
    assert.match(stood, /码没有动/);
    assert.match(stood, /登记/);
    assert.doesNotMatch(stood, /假|伪造|请进/);
    await world.tell('collector', { clock_ahead: 0 });
  });

  it('what is no code of ours is met kindly, and every dead end offers the register', async () => {
    await collector.page.locator('#rest input[type="text"], #rest input:not([type])').first().fill('https://pay.example/abc');
    await collector.page.keyboard.press('Enter');
    await collector.page.getByText('这像是别的码').waitFor();
    await collector.page.getByRole('button', { name: '改为登记', exact: true }).click();
    await collector.page.getByRole('button', { name: '登记好了', exact: true }).click();
    await collector.page.locator('input[type=file]').waitFor();
  });
});

// A device of its own: what an earlier one saw standing still it remembers.
describe('at a door where clocks differ', { timeout: 240_000 }, () => {
  before(openDoor);
  after(closeDoor);
  afterEach(() => world.tell('collector', { clock_ahead: 0 }));

  it('a phone that is behind is told apart from a copy: its code moves on', async () => {
    // A phone's clock that is set back is noticed by the phone, so it is the door that is ahead here.
    await world.tell('collector', { clock_ahead: 100 });
    const first = await collector.sees(await person.shot());
    assert.match(first, /请刷新再亮一次/);
    assert.doesNotMatch(first, /请进/);
    const second = await until('another slot', async () => {
      await person.page.waitForTimeout(1000);
      const said = await collector.sees(await person.shot());
      assert.doesNotMatch(said, /码没有动|假|伪造|请进/);
      return /时间略有不同/.test(said) && said;
    });
    await picture(collector.page, 'collector-clock');
    assert.match(second, /请出示身份证/);
  });

  it('a phone that is ahead is no copy at the first look, and within two minutes its identity card lets it pass', async () => {
    await person.change({ network: false });
    await person.change({ clock_ahead: 100 });
    await person.change('reboot');
    await person.page.reload();
    await person.isLit();
    const said = await collector.sees(await person.shot());
    assert.match(said, /时间略有不同/);
    assert.match(said, /请出示身份证/);
    await person.change({ clock_ahead: 0 });
    await person.change({ network: true });
    await person.change('reboot');
  });
});
