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

describe('a phone in a browser', { timeout: 240_000 }, () => {
  it('goes from the first start to a lit code in 12 taps and 5 typed fields, and the code is accepted', async () => {
    const person = await Person.at(world, context, 'green');
    const began = Date.now();
    await person.live();
    const seconds = (Date.now() - began) / 1000;
    await picture(person.page, 'green');
    console.log(`first use to lit: ${person.taps} taps, ${person.typed} typed fields, ${seconds.toFixed(1)} s of a script`);
    assert.ok(person.taps <= 12, `${person.taps} taps`);
    assert.ok(person.typed <= 5, `${person.typed} typed fields`);
    const collector = await Collector.at(world, context);
    const said = await collector.sees(await person.shot());
    await picture(collector.page, 'collector-green');
    assert.match(said, /请进/);
    await collector.page.close();
    await person.close();
  });

  it('shows the code without network, and it is accepted; a copy of 90 seconds is not, and nobody is accused', async () => {
    const person = await Person.at(world, context, 'green');
    await person.change({ network: false });
    await person.page.reload();
    await person.isLit();
    const frozen = await person.shot();
    const collector = await Collector.at(world, context);
    assert.match(await collector.sees(frozen), /请进/);
    await collector.next();
    await world.tell('collector', { clock_ahead: 100 });
    const phoneToo = await world.desk();
    assert.equal(phoneToo.phones.length > 3, true);
    const later = await collector.sees(frozen);
    await picture(collector.page, 'collector-not-live');
    assert.match(later, /再亮|时间|身份证/);
    assert.doesNotMatch(later, /假|伪造|请进/);
    await world.tell('collector', { clock_ahead: 0 });
    await person.change({ network: true });
    await collector.page.close();
    await person.close();
  });

  it('keeps what was typed over a kill, a reload and a change of language', async () => {
    const person = await Person.at(world, context, 'long-name');
    await person.firstPages();
    await person.type('姓名', '阿卜杜拉·买买提江·吐尔逊');
    await person.type('证件号码', '653101');
    await person.page.waitForTimeout(400);
    await person.change('restart');
    await person.page.waitForTimeout(300);
    await person.page.reload();
    await person.sees('实名登录');
    assert.equal(await person.page.getByLabel('姓名', { exact: true }).inputValue(), '阿卜杜拉·买买提江·吐尔逊');
    assert.equal(await person.page.getByLabel('证件号码', { exact: true }).inputValue(), '653101');
    await person.close();
  });

  it('follows in two tabs, and a double tap does one thing', async () => {
    const one = await Person.at(world, context, 'rare-name');
    const two = await Person.at(world, context, 'rare-name');
    await one.firstPages();
    await two.sees('实名登录');
    await one.typePerson();
    await one.page.locator('#widgets').getByRole('button', { name: '发短信给我', exact: true }).dblclick();
    await two.sees('填验证码');
    const { phone } = await one.onDesk();
    const { messages } = await world.desk();
    assert.equal(messages.filter((message) => message.phone === phone).length, 1);
    await one.close();
    await two.close();
  });

  it('goes back everywhere by the browser\'s own button, and leaves at the first page', async () => {
    const person = await Person.at(world, context, 'rare-name');
    const titles = [];
    for (let steps = 0; steps < 6; steps += 1) {
      titles.push(await person.title());
      if (new URL(person.page.url()).pathname === '/') break;
      const before = await person.title();
      await person.page.goBack().catch(() => {});
      await person.page.waitForFunction((was) => document.querySelector('#title')?.textContent !== was, before, { timeout: 3000 }).catch(() => {});
    }
    assert.ok(titles.length > 2, titles.join(' < '));
    await person.close();
  });

  it('says within seconds that it waits, and offers a way out, when the platform is gone', async () => {
    const person = await Person.at(world, context, 'elder');
    await person.firstPages();
    await person.typePerson();
    await person.change({ network: false });
    await person.press('发短信给我');
    await person.page.locator('#widgets [data-kind=notice], #widgets [data-kind=progress]').first().waitFor({ timeout: 6000 });
    await person.page.locator('#widgets [data-kind=notice].trouble').waitFor();
    await picture(person.page, 'no-network-at-login-care-view');
    assert.equal(await person.page.getByLabel('手机号', { exact: true }).inputValue(), (await person.onDesk()).phone);
    await person.change({ network: true });
    await person.press('发短信给我');
    await person.sees('填验证码');
    await person.close();
  });

  it('tells every outcome of a face check in its own words, and offers the counter', async () => {
    const person = await Person.at(world, context, 'yellow');
    await person.firstPages();
    await person.logIn();
    await person.toTheFaceCheck();
    const heard = new Set();
    for (const outcome of ['fail', 'cancel', 'wrong_person']) {
      await person.checkFace(outcome);
      const notice = person.page.locator('#widgets [data-kind=notice]').first();
      await notice.waitFor();
      const text = await notice.innerText();
      assert.ok(!heard.has(text), `${outcome} says what another outcome says: ${text}`);
      heard.add(text);
      await person.page.locator('#widgets').getByRole('button', { name: '到窗口核对', exact: true }).waitFor();
      await person.press('再刷一次');
      await person.page.waitForTimeout(300);
    }
    await person.checkFace('pass');
    await person.isLit();
    await picture(person.page, 'yellow');
    await person.close();
  });

  it('can be used by the keyboard alone', async () => {
    const person = await Person.at(world, context, 'child');
    const { page } = person;
    const tabTo = async (wanted) => {
      for (let steps = 0; steps < 40; steps += 1) {
        await page.keyboard.press('Tab');
        const label = await page.evaluate(() => {
          const held = document.activeElement;
          return held?.labels?.[0]?.textContent ?? held?.textContent ?? '';
        });
        if (label.trim() === wanted) return;
      }
      throw new Error(`no Tab leads to ${wanted}`);
    };
    for (const [title, button] of [['语言', '下一步'], ['字的大小', '下一步'], ['这是什么', '我知道了']]) {
      await person.sees(title);
      await tabTo(button);
      await page.keyboard.press('Enter');
    }
    await person.sees('实名登录');
    const { name, document, phone } = await person.onDesk();
    for (const [label, text] of [['姓名', name], ['证件号码', document], ['手机号', phone]]) {
      await tabTo(label);
      await page.keyboard.insertText(text);
    }
    await page.keyboard.press('Enter');
    await person.sees('填验证码');
    await person.close();
  });

  it('shows a red code with its reason, in English and for a grandmother, without a fault that axe finds', async () => {
    const person = await Person.at(world, context, 'red');
    await person.live();
    await picture(person.page, 'red');
    await person.press('为什么是这个颜色');
    await person.page.waitForTimeout(300);
    await picture(person.page, 'red-why');
    assert.deepEqual(await violations(person.page), []);
    await person.close();
  });
});

describe('the other pages', { timeout: 120_000 }, () => {
  it('have no fault that axe finds', async () => {
    const page = await context.newPage();
    for (const path of ['/', '/collector', '/desk']) {
      await page.goto(world.address + path);
      await page.waitForTimeout(800);
      await picture(page, path === '/' ? 'start' : path.slice(1));
      assert.deepEqual(await violations(page), [], path);
    }
    await page.close();
  });

  it('are refused to another page and under another name', async () => {
    const foreign = await fetch(`${world.address}/phones`, { headers: { origin: 'http://example.org' } });
    assert.equal(foreign.status, 403);
    const own = await fetch(`${world.address}/phones`);
    assert.equal(own.status, 200);
  });
});
