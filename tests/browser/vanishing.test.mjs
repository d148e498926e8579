// The platform vanishes at each step: at once without a network, or it stalls as a weak signal does. A person
// sees within seconds that the phone waits, has a way out, loses nothing, and goes on when it is back.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Person, picture, startBrowser, startWorld } from './tools.mjs';

/** After two seconds the progress and its way out are there; the rest is for a machine under load. */
const SEEN_WITHIN = 8000;

let world;
let browser;
let context;
let person;

before(async () => {
  world = await startWorld();
  browser = await startBrowser();
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  person = await Person.at(world, context, 'green');
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

const progress = () => person.page.locator('#widgets [data-kind="progress"]');

/** Presses while nothing comes through, waits for the progress, and takes its way out. */
async function stallsAt(press, title = null) {
  title ??= await person.title();
  await person.change({ stalled: true });
  const began = Date.now();
  await press();
  const wayOut = progress().getByRole('button', { name: '先不做了', exact: true });
  await wayOut.waitFor({ timeout: SEEN_WITHIN });
  console.log(`${title}: progress and a way out after ${Date.now() - began} ms`);
  await picture(person.page, `stalled-${title}`);
  await wayOut.click();
  await progress().waitFor({ state: 'detached' });
  assert.equal(await person.title(), title);
  await person.change({ stalled: false });
}

/** Presses without a network, and reads what is said. */
async function failsAt(press) {
  const title = await person.title();
  await person.change({ network: false });
  await press();
  const notice = person.page.locator('#widgets [data-kind="notice"]').first();
  await notice.waitFor();
  await picture(person.page, `no-network-${title}`);
  assert.match(await notice.innerText(), /网/);
  assert.equal(await person.title(), title);
  await person.change({ network: true });
}

const typed = (label) => person.page.locator('#widgets').getByLabel(label, { exact: true }).inputValue();

describe('a platform that vanishes', { timeout: 240_000 }, () => {
  it('at the login keeps what was typed', async () => {
    await person.firstPages();
    await person.typePerson();
    const press = () => person.press('发短信给我');
    await failsAt(press);
    await stallsAt(press);
    const { name, document, phone } = await person.onDesk();
    assert.deepEqual([await typed('姓名'), await typed('证件号码'), await typed('手机号')], [name, document, phone]);
    await press();
    await person.sees('填验证码');
  });

  it('at the code that came keeps it', async () => {
    const code = await person.loginCode();
    await person.type('验证码', code);
    const press = () => person.press('登录');
    await failsAt(press);
    await stallsAt(press);
    assert.equal(await typed('验证码'), code);
    await press();
    await person.sees('同意做健康码吗？');
  });

  it('at a consent holds nobody up: the answer is kept, and the next step says what it waits for', async () => {
    await person.change({ network: false });
    await person.press('同意');
    await person.sees('申请健康码');
    await person.page.locator('#widgets [data-kind="notice"]').waitFor();
    await picture(person.page, 'no-network-after-the-consent');
    await person.change({ network: true });
    const press = () => person.press('申请');
    await stallsAt(press);
    await press();
    await person.sees('核对是您本人');
  });

  it('before a face check lets the person stay, and the counter is there', async () => {
    await person.press('刷脸');
    await person.sees('同意刷一次脸吗？');
    await person.change({ network: false });
    await person.press('同意');
    await person.sees('刷脸');
    await person.page.locator('#widgets [data-kind="notice"]').waitFor();
    await picture(person.page, 'no-network-刷脸');
    await person.page.locator('#widgets').getByRole('button', { name: '到窗口核对', exact: true }).waitFor();
    await person.change({ network: true });
    await stallsAt(() => person.press('再刷一次'));
    await person.press('去刷脸');
  });

  it('on the way back from a face check keeps its result', async () => {
    await person.toTheProvider();
    await person.change({ stalled: true });
    await person.page.locator('button[value="pass"]').click();
    await person.page.waitForURL(/\/phones\//);
    await person.isThere();
    const wayOut = progress().getByRole('button', { name: '先不做了', exact: true });
    await wayOut.waitFor({ timeout: SEEN_WITHIN });
    await picture(person.page, 'stalled-after-the-face');
    await wayOut.click();
    await person.change({ stalled: false });
    // The check has ended well: nobody does it twice.
    await person.press('去刷脸');
    await person.isLit();
  });

  it('at a refresh leaves the code lit', async () => {
    const press = () => person.press('更新');
    await failsAt(press);
    await person.isLit();
    await stallsAt(press);
    await person.isLit();
    // What is under way stands under the actions, not at the end of a long page.
    await person.change({ stalled: true });
    await press();
    await progress().waitFor({ timeout: SEEN_WITHIN });
    const [above, below] = [await progress().boundingBox(), await person.page.locator('[data-widget="more"]').boundingBox()];
    assert.ok(above.y < below.y, 'the progress is above the list');
    await picture(person.page, 'stalled-refresh');
    await person.change({ stalled: false });
    await progress().waitFor({ state: 'detached' });
    await press();
    await person.page.getByText('已更新').or(person.page.getByText('最新')).first().waitFor();
  });

  it('at what is said to be wrong has it on disk, once, and the person goes on', async () => {
    await person.press('为什么是这个颜色');
    await person.press('我觉得不对');
    await person.sees('我觉得不对');
    await person.type('想说的话', '我一直在家');
    await person.change({ stalled: true });
    await person.press('发送');
    await person.page.getByText('已存好，有网就发。').waitFor();
    await picture(person.page, 'stalled-wrong');
    await person.press('看看存好的');
    await person.sees('等着发的');
    assert.equal(await person.page.locator('[data-widget="entries"] li').count(), 1);
    await person.change({ stalled: false });
    await person.press('现在就发');
    // The platform of today does not take it yet, and says so.
    await person.page.locator('[data-widget="entries"]').getByText('没有被接受').waitFor();
    await person.back();
    await person.press('回到亮码');
    await person.isLit();
  });

  it('at my devices, at my data and at a declaration offers the way out too', async () => {
    await stallsAt(() => person.open('我的手机'), '我的手机');
    await person.press('从平台再看一次');
    await person.page.getByText('这部手机').waitFor();
    await person.back();
    await person.open('我的资料');
    await person.sees('我的资料');
    await stallsAt(() => person.open('看平台上有什么'), '一份资料');
    await person.back();
    await person.sees('我的资料');
    await person.back();
    await person.open('健康申报');
    await person.type('体温', '36.6');
    await person.choose('没有');
    await person.press('发出');
    await person.sees('同意申报健康吗？');
    await person.press('同意');
    await person.sees('健康申报');
    await picture(person.page, 'declared');
  });
});
