// What every browser test needs: the program with its phones, a browser, and a person's hands.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const packages = createRequire(path.join(process.env.LIANGMA_NODE_PACKAGES, 'package.json'));
const { chromium } = packages('playwright-core');
const axeSource = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Starts the program's phones; resolves once it says where they are. */
export async function startPhones() {
  const program = spawn(process.env.LIANGMA_BIN, ['phones', '--no-open', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise((resolve, reject) => {
    let text = '';
    program.stdout.on('data', (bytes) => {
      text += bytes;
      const found = text.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    program.on('exit', (code) => reject(new Error(`the program ended with ${code} before it was ready`)));
  });
  const stop = () => new Promise((resolve) => {
    program.removeAllListeners('exit');
    program.on('exit', resolve);
    program.kill('SIGTERM');
  });
  return { address, stop, program };
}

/** Debian's Chromium. */
export async function startBrowser() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });
}

/** Keeps a picture for people to look at; nothing reads it. */
export async function picture(page, name) {
  const folder = process.env.LIANGMA_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

/** What axe-core finds on the page as it is, in short. */
export async function violations(page) {
  if (!await page.evaluate(() => Boolean(globalThis.axe))) await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(({ id, help, nodes }) => ({
    id, help, at: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)),
  }));
}

/** Asks until there is an answer. */
export async function until(what, ask) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** One person's phone in a tab, with the hands of somebody who reads labels. */
export class Person {
  constructor(world, page, key) {
    Object.assign(this, { world, page, key, taps: 0, typed: 0 });
  }

  static async at(world, context, key) {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${world.address}/phones/${key}`);
    const person = new Person(world, page, key);
    await person.isThere();
    return person;
  }

  /** The page has been told what it shows. */
  async isThere() {
    await this.page.waitForFunction(() => document.querySelector('#title')?.textContent);
  }

  /** The title of the screen. */
  title() {
    return this.page.locator('#title').textContent();
  }

  async sees(title) {
    await this.page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  }

  async press(name) {
    this.taps += 1;
    await this.page.locator('#widgets').getByRole('button', { name, exact: true }).first().click();
  }

  /** Opens a row of the list under the code. */
  async open(row) {
    this.taps += 1;
    await this.page.locator('#widgets [data-kind="list"] button')
      .filter({ has: this.page.getByText(row, { exact: true }) }).click();
  }

  async choose(name) {
    this.taps += 1;
    await this.page.getByRole('radio', { name, exact: true }).check();
  }

  async type(label, text) {
    this.typed += 1;
    await this.page.locator('#widgets').getByLabel(label, { exact: true }).fill(text);
  }

  /** How the desk sees this phone. */
  async onDesk() {
    return (await this.world.desk()).phones.find((phone) => phone.key === this.key);
  }

  change(change) {
    return this.world.tell('phone', { phone: this.key, change });
  }

  /** The newest login code for this person, as the desk's tray shows it; not one of those seen before. */
  async loginCode() {
    const { phone } = await this.onDesk();
    const message = await until('a message', async () => {
      const { messages } = await this.world.desk();
      return messages.find((one) => one.phone === phone && one.at !== this.messageSeen);
    });
    this.messageSeen = message.at;
    return message.code;
  }

  async firstPages() {
    await this.sees('语言');
    await this.press('下一步');
    await this.sees('字的大小');
    await this.press('下一步');
    await this.sees('这是什么');
    await this.press('我知道了');
    await this.sees('实名登录');
  }

  async typePerson() {
    const { name, document, phone } = await this.onDesk();
    await this.type('姓名', name);
    await this.type('证件号码', document);
    await this.type('手机号', phone);
  }

  async logIn() {
    await this.typePerson();
    await this.press('发短信给我');
    await this.sees('填验证码');
    await this.type('验证码', await this.loginCode());
    await this.press('登录');
  }

  /** From the login to the face provider's door. */
  async toTheFaceCheck() {
    await this.sees('同意做健康码吗？');
    await this.press('同意');
    await this.sees('核对是您本人');
    await this.press('刷脸');
    await this.sees('同意刷一次脸吗？');
    await this.press('同意');
    await this.sees('刷脸');
  }

  /** Goes to the provider's page in this tab, ends the check there, and comes back. */
  async checkFace(outcome) {
    await this.toTheProvider();
    this.taps += 1;
    await this.page.locator(`button[value="${outcome}"]`).click();
    await this.page.waitForURL(/\/phones\//);
    await this.isThere();
  }

  /** The provider's page, in this tab. */
  async toTheProvider() {
    await this.page.locator('#widgets [data-kind="handoff"]').waitFor();
    this.taps += 1;
    await this.page.locator('#widgets button.primary').click();
    await this.page.waitForURL(/\/check\?/);
  }

  /** The browser's own back button. */
  async back() {
    await this.page.evaluate(() => { setTimeout(() => history.back()); });
  }

  async isLit(title = '亮码') {
    await this.sees(title);
    await this.page.locator('#card').waitFor({ state: 'visible' });
    await this.page.locator('#card ol li').first().waitFor({ state: 'attached' });
  }

  /** The whole way. */
  async live() {
    await this.firstPages();
    await this.logIn();
    await this.toTheFaceCheck();
    await this.checkFace('pass');
    await this.isLit();
  }

  /** What a camera would see: the card as it is drawn. */
  async shot() {
    return this.page.locator('#card canvas').screenshot();
  }

  async close() {
    await this.page.close();
  }
}

/** The phones' program with what the desk can do. */
export async function startWorld() {
  const phones = await startPhones();
  const world = {
    ...phones,
    async desk() {
      return (await fetch(`${phones.address}/desk/api/state`)).json();
    },
    async tell(path, body) {
      const answer = await fetch(`${phones.address}/desk/api/${path}`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`the desk refused ${path}: ${await answer.text()}`);
      return answer.json();
    },
  };
  return world;
}

/** The collector's page, fed with pictures. */
export class Collector {
  static async at(world, context) {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${world.address}/collector`);
    await page.waitForFunction(() => document.querySelector('#title')?.textContent);
    const begin = page.getByRole('button', { name: '开始', exact: true });
    if (await begin.isVisible()) await begin.click();
    await page.locator('input[type=file]').waitFor();
    return Object.assign(new Collector(), { page });
  }

  /** Puts a picture before it; resolves to what it says. */
  async sees(png) {
    const number = () => document.querySelector('#front [data-part^="verdict-"]')?.dataset.part;
    const before = await this.page.evaluate(number);
    await this.page.locator('input[type=file]').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: png });
    await this.page.waitForFunction((was) => {
      const now = document.querySelector('#front [data-part^="verdict-"]')?.dataset.part;
      return now && now !== was;
    }, before);
    return this.page.locator('#front').innerText();
  }
}
