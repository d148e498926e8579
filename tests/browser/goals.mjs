// Measures the goals of docs/UX-GOALS.md that need a browser: how many taps and fields a first use takes,
// and how long it is from a tap, and from a cold start, until the code is lit. It prints; it judges nothing.

import process from 'node:process';
import { Person, startBrowser, startWorld } from './tools.mjs';

/** How much slower than this machine the phone is made. */
const SLOWER = 6;
const ROUNDS = 20;

const world = await startWorld();
const browser = await startBrowser();
const context = await browser.newContext({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 });

function told(what, times) {
  times.sort((a, b) => a - b);
  const at = (part) => Math.round(times[Math.floor(part * (times.length - 1))]);
  process.stdout.write(`${what}: median ${at(0.5)} ms, worst ${at(1)} ms of ${times.length}\n`);
}

/** Until the card is on the glass and painted, from a moment that the page itself notes. */
function lit(press) {
  return new Promise((resolve) => {
    const from = press ? performance.now() : 0;
    if (press) document.querySelector(press).click();
    const look = () => {
      const card = document.querySelector('#card');
      if (card && !card.hidden && card.offsetHeight > 0 && card.querySelector('ol li')) {
        requestAnimationFrame(() => resolve(performance.now() - from));
      } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

const person = await Person.at(world, context, 'green');
const began = performance.now();
await person.live();
process.stdout.write(`first use to a lit code: ${person.taps} taps, ${person.typed} fields, `
  + `${((performance.now() - began) / 1000).toFixed(1)} s of a machine's hands\n`);

const slow = await context.newCDPSession(person.page);
await slow.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
const warm = [];
const cold = [];
const rebooted = [];
for (let round = 0; round < ROUNDS; round += 1) {
  await person.page.locator('#widgets').getByRole('button', { name: '为什么是这个颜色' }).first().click();
  await person.page.waitForFunction(() => !document.querySelector('#card')?.offsetHeight);
  warm.push(await person.page.evaluate(lit, '#back'));
  await person.page.reload();
  cold.push(await person.page.evaluate(lit, null));
}
for (let round = 0; round < 5; round += 1) {
  await person.change('reboot');
  await person.page.reload();
  rebooted.push(await person.page.evaluate(lit, null));
}
process.stdout.write(`page slowed ${SLOWER} times:\n`);
told('  warm, from the tap to the code', warm);
told('  cold page, from the start of its loading to the code', cold);
told('  the same with the phone just rebooted', rebooted);

await browser.close();
await world.stop();
