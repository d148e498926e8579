// The pictures of the README, from the running product: `cargo xtask bless` runs it. Its argument is the folder
// that takes them.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Collector, Person, startBrowser, startWorld } from './tools.mjs';

const out = process.argv[2];
mkdirSync(out, { recursive: true });

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, reducedMotion: 'reduce', colorScheme: 'light' };
const keep = (page, name) => page.screenshot({ path: path.join(out, `${name}.png`) });

/** The first pages and the login of somebody who reads English. */
async function livesInEnglish(person) {
  for (const [title, button] of [['Language', 'Next'], ['Size of letters', 'Next'], ['What this is', 'I see']]) {
    await person.sees(title);
    await person.press(button);
  }
  await person.sees('Log in');
  const { name, document, phone } = await person.onDesk();
  await person.choose('Passport');
  await person.type('Name', name);
  await person.type('Document number', document);
  await person.type('Phone number', phone);
  await person.press('Send me the message');
  await person.sees('Type the code');
  await person.type('Login code', await person.loginCode());
  await person.press('Log in');
  for (const agree of ['I agree', 'Face check', 'I agree']) await person.press(agree);
  await person.checkFace('pass');
  await person.page.locator('#card ol li').first().waitFor({ state: 'attached' });
}

const world = await startWorld();
const browser = await startBrowser();
try {
  const phones = await browser.newContext(PHONE);
  for (const key of ['green', 'yellow', 'red', 'elder']) {
    const person = await Person.at(world, phones, key);
    await person.live();
    await keep(person.page, key === 'elder' ? 'care' : key);
    if (key === 'yellow') {
      await person.press('下一步怎么办');
      await person.sees('为什么是这个颜色');
      await keep(person.page, 'why');
      await person.back();
      await person.isLit();
      const door = await Collector.at(world, phones);
      await door.sees(await person.shot());
      await keep(door.page, 'collector');
      await door.page.close();
    }
    await person.close();
  }
  const foreigner = await Person.at(world, phones, 'foreigner');
  await livesInEnglish(foreigner);
  await keep(foreigner.page, 'english');

  // The desk while something waits: a message, a face check, an order that needs a second person.
  const child = await Person.at(world, phones, 'child');
  await child.firstPages();
  await child.logIn();
  await child.toTheFaceCheck();
  await child.toTheProvider();
  await world.tell('statement', { person: 'green', statement: 'fever' });
  await world.tell('statement', { person: 'yellow', statement: 'red_by_hand' });
  const wide = await browser.newContext({ ...PHONE, viewport: { width: 1000, height: 1000 }, deviceScaleFactor: 1 });
  const desk = await wide.newPage();
  await desk.goto(`${world.address}/desk`);
  for (const id of ['messages', 'faces', 'stated']) await desk.locator(`#${id} li:not(.quiet)`).first().waitFor();
  await keep(desk, 'desk');
} finally {
  await browser.close();
  await world.stop();
}
