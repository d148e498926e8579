// What hands do: a kill in the middle of a form, two tabs, a double tap, the back button, the keyboard.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Person, picture, startBrowser, startWorld, until } from './tools.mjs';

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

const value = (person, label) => person.page.locator('#widgets').getByLabel(label, { exact: true }).inputValue();

describe('hands', { timeout: 240_000 }, () => {
  it('keeps what was typed over a kill, a reload and a change of language', async () => {
    const person = await Person.at(world, context, 'long-name');
    await person.firstPages();
    await person.type('姓名', '阿卜杜拉·买买提江·吐尔逊');
    await person.type('证件号码', '653101');
    // Whatever leaves a field has been said.
    await person.page.locator('#title').click();
    await person.change('restart');
    await person.page.reload();
    await person.sees('实名登录');
    assert.equal(await value(person, '姓名'), '阿卜杜拉·买买提江·吐尔逊');
    assert.equal(await value(person, '证件号码'), '653101');
    for (const title of ['这是什么', '字的大小', '语言']) {
      await person.back();
      await person.sees(title);
    }
    await person.choose('English');
    await person.press('Next');
    await person.sees('Size of letters');
    await person.press('Next');
    await person.press('I see');
    assert.equal(await value(person, 'Name'), '阿卜杜拉·买买提江·吐尔逊');
    assert.equal(await value(person, 'Document number'), '653101');
    await person.close();
  });

  it('follows in two tabs, and a double tap does one thing', async () => {
    const one = await Person.at(world, context, 'rare-name');
    const two = await Person.at(world, context, 'rare-name');
    await one.sees('语言');
    await one.page.locator('#widgets').getByRole('button', { name: '下一步', exact: true }).dblclick();
    await two.sees('字的大小');
    await one.press('下一步');
    await one.press('我知道了');
    await two.sees('实名登录');
    await one.typePerson();
    await until('the text in the other tab', async () => await value(two, '手机号') === (await one.onDesk()).phone);
    await one.page.locator('#widgets').getByRole('button', { name: '发短信给我', exact: true }).dblclick();
    await two.sees('填验证码');
    const { phone } = await one.onDesk();
    const { messages } = await world.desk();
    assert.equal(messages.filter((message) => message.phone === phone).length, 1);
    await two.type('验证码', await one.loginCode());
    await two.press('登录');
    await one.sees('同意做健康码吗？');
    await one.close();
    await two.close();
  });

  it('goes back by the browser\'s own button from every page, and from the first to the list of phones', async () => {
    const person = await Person.at(world, context, 'green');
    await person.live();
    const rows = await person.page.locator('#widgets [data-widget="more"] .title').allInnerTexts();
    assert.ok(rows.length > 8, rows.join());
    for (const row of rows) {
      await person.open(row);
      await person.page.waitForFunction(() => document.querySelector('#title').textContent !== '亮码');
      await person.back();
      await person.isLit();
    }
    await person.press('放大');
    await person.page.waitForFunction(() => document.querySelector('#card').dataset.enlarged === 'true');
    await person.back();
    await person.page.waitForFunction(() => document.querySelector('#card').dataset.enlarged === 'false');
    await person.press('为什么是这个颜色');
    await person.press('我觉得不对');
    await person.sees('我觉得不对');
    await person.back();
    await person.sees('为什么是这个颜色');
    await person.back();
    await person.isLit();
    await person.back();
    await person.page.waitForURL((url) => url.pathname === '/');
    await person.close();
  });

  it('can be used by the keyboard alone, from the first start to a lit code', async () => {
    const person = await Person.at(world, context, 'child');
    const { page } = person;
    const tabTo = async (wanted) => {
      for (let steps = 0; steps < 60; steps += 1) {
        await page.keyboard.press('Tab');
        const label = await page.evaluate(() => {
          const held = document.activeElement;
          return held?.labels?.[0]?.textContent ?? held?.textContent ?? '';
        });
        if (label.trim() === wanted) return;
      }
      throw new Error(`no Tab leads to ${wanted}`);
    };
    const go = async (title, button) => {
      await person.sees(title);
      await tabTo(button);
      await page.keyboard.press('Enter');
    };
    await go('语言', '下一步');
    await go('字的大小', '下一步');
    await go('这是什么', '我知道了');
    await person.sees('实名登录');
    const { name, document, phone } = await person.onDesk();
    for (const [label, text] of [['姓名', name], ['证件号码', document], ['手机号', phone]]) {
      await tabTo(label);
      await page.keyboard.insertText(text);
    }
    await page.keyboard.press('Enter');
    await person.sees('填验证码');
    await tabTo('验证码');
    await page.keyboard.insertText(await person.loginCode());
    await page.keyboard.press('Enter');
    await go('同意做健康码吗？', '同意');
    await go('核对是您本人', '刷脸');
    await go('同意刷一次脸吗？', '同意');
    await page.locator('#widgets [data-kind="handoff"]').waitFor();
    await go('刷脸', '去刷脸');
    await page.waitForURL(/\/check\?/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/phones\//);
    await person.isLit();
    await picture(page, 'by-keyboard');
    await tabTo('放大');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#card').dataset.enlarged === 'true');
    await person.close();
  });
});
