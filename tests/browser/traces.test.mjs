// Every golden trace on the browser's glass: what its screens say is what the accessibility tree says, in the
// same order; axe-core finds no fault; and everything fits on a small phone with large letters. The screens
// come from the traces and, in each language and view, from LIANGMA_SCREENS (`SCREENS=FOLDER cargo test -p
// liangma-screens --test traces` writes them).

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { openGlass, show } from './glass.mjs';
import { letters, sizes } from './sizes.mjs';
import { startBrowser, startPhones, violations } from './tools.mjs';
import { faultsOf, tree } from './tree.mjs';

const read = (...name) => JSON.parse(readFileSync(path.join(...name), 'utf8'));
const folder = path.join(import.meta.dirname, '../../ui-spec/traces');
const traces = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
const LANGUAGES = ['zh-Hans', 'zh-Hant', 'en'];
const VIEWS = ['normal', 'care', 'international'];
const TARGET = { normal: 44, care: 60, international: 44 };

let phones;
let browser;
let page;

const widgetsOf = (widgets) => widgets.flatMap((widget) => [widget, ...widgetsOf(widget.widgets ?? [])]);

/** What the glass is told for a screen: also the card, as tall as it is there, and a face check to go to. */
function messages(screen) {
  const card = widgetsOf(screen.widgets).find(({ kind }) => kind === 'code_card');
  const scene = card && {
    width: 320, height: 480, items: [], families: ['sans-serif'], reading_order: card.reading_order.map((label) => ({ label })),
  };
  return [
    { status: { network: true, battery: 100, handoff: `${phones.address}/check`, message: null } },
    { card: scene ?? null },
    { screen },
  ];
}

const tell = (screen) => show(page, ...messages(screen));
const where = (screen) => `${screen.route}, ${screen.language}, ${screen.view}`;

/** Each screen once. */
function* distinct(screens) {
  const known = new Set();
  for (const screen of screens) {
    const text = JSON.stringify(screen);
    if (!known.has(text)) yield screen;
    known.add(text);
  }
}

const everyScreen = () => LANGUAGES.flatMap((language) => VIEWS.flatMap((view) =>
  read(process.env.LIANGMA_SCREENS, `${language}-${view}.json`)));

before(async () => {
  phones = await startPhones();
  browser = await startBrowser();
  page = await openGlass(browser, phones.address);
});

after(async () => {
  await browser?.close();
  await phones?.stop();
});

describe('every trace on the glass of the browser', { timeout: 600_000 }, () => {
  it('says each label with its role, in the order of reading, and nothing else can be operated', async () => {
    assert.ok(traces.length >= 60, `${traces.length} traces`);
    const session = await page.context().newCDPSession(page);
    const faults = new Set();
    const dump = {};
    const known = new Set();
    let screens = 0;
    for (const name of traces) {
      const trace = read(folder, name);
      dump[name] = [];
      for (const screen of [trace.start.screen, ...trace.steps.map((step) => step.screen)]) {
        screens += 1;
        const text = JSON.stringify(screen);
        if (known.has(text)) continue;
        known.add(text);
        await tell(screen);
        const nodes = await tree(session);
        dump[name].push({ screen: where(screen), tree: nodes });
        for (const fault of faultsOf(screen, nodes)) faults.add(`${name}, ${where(screen)}: ${fault}`);
      }
    }
    const pictures = process.env.LIANGMA_PICTURES;
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      writeFileSync(path.join(pictures, 'accessibility.json'), JSON.stringify(dump, null, 1));
    }
    console.log(`${traces.length} traces, ${screens} screens, ${known.size} different trees`);
    assert.deepEqual([...faults].slice(0, 30), [], `${faults.size} faults`);
  });

  it('would notice a label that is missing, wrong, late or without its role', async () => {
    const session = await page.context().newCDPSession(page);
    const { steps } = read(folder, 'first-start-to-login.json');
    const screen = steps.map((step) => step.screen).find(({ route }) => route === 'login.person');
    const spoils = {
      missing: () => document.querySelector('[data-kind=field] label').remove(),
      wrong: () => { document.querySelector('#widgets button').textContent = 'button'; },
      late: () => document.querySelector('#widgets').append(document.querySelector('[data-kind=field]')),
      roleless: () => document.querySelector('#widgets button').setAttribute('role', 'note'),
      nameless: () => document.querySelector('#widgets').append(document.createElement('button')),
    };
    for (const [what, spoil] of Object.entries(spoils)) {
      await page.evaluate(() => globalThis.tellGlass({ screen: { ...JSON.parse('{"widgets":[],"announcements":[]}'), route: 'none', title: '' } }));
      await tell(screen);
      assert.deepEqual(faultsOf(screen, await tree(session)), [], `before it is ${what}`);
      await page.evaluate(spoil);
      assert.notDeepEqual(faultsOf(screen, await tree(session)), [], what);
    }
  });

  it('has no camera, and says so once the page that wants one is drawn', async () => {
    const wanting = ({ widgets }) => widgets.find(({ kind, why_not: whyNot }) => kind === 'scanner' && !whyNot);
    const { steps } = read(folder, 'a-phone-checks-codes-at-a-door.json');
    const screen = steps.map((step) => step.screen).find(wanting);
    await page.evaluate(() => globalThis.tellGlass({ screen: { widgets: [], announcements: [], route: 'none', title: '' } }));
    await page.evaluate(() => { globalThis.saidByGlass = []; });
    await tell(screen);
    const said = await page.evaluate(() => globalThis.saidByGlass.filter(({ event }) => event === 'switched'));
    assert.deepEqual(said.map(({ widget, on }) => ({ widget, on })), [{ widget: wanting(screen).id, on: false }]);
    assert.ok(said[0].kinds.includes('scanner'));
  });

  it('has no fault that axe finds, in any view, also in the dark', async () => {
    // Structure is what axe looks at: one look for each page, view and set of kinds, the languages in turn.
    const looks = new Map();
    for (const screen of distinct(everyScreen())) {
      const kinds = widgetsOf(screen.widgets).map((w) => w.kind + (w.error ? '!' : '') + (w.why_not ? '?' : '') + (w.tone ?? ''));
      const look = [screen.route, screen.view, ...new Set(kinds)].join(' ');
      const turn = LANGUAGES[looks.size % 3];
      if (!looks.has(look) || (looks.get(look).language !== turn && screen.language === turn)) looks.set(look, screen);
    }
    const faults = new Set();
    for (const screen of looks.values()) {
      // The glass of the international view is that of the normal one: it is looked at in the dark.
      await page.emulateMedia({ colorScheme: screen.view === 'international' ? 'dark' : 'light' });
      await tell(screen);
      for (const found of await violations(page)) faults.add(`${where(screen)}: ${found.id}: ${found.at[0]}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    console.log(`${looks.size} looks of axe`);
    assert.deepEqual([...faults].slice(0, 30), [], `${faults.size} faults`);
  });

  for (const percent of [100, 200]) {
    it(`fits on 320 x 568 with letters of ${percent} %, in each language and view, and every target can be hit`, async () => {
      const faults = new Map();
      await letters(page, percent);
      await page.evaluate(`globalThis.sizes = ${sizes}`);
      // A widget takes its room from the width of the glass alone: each is measured where it comes first.
      const known = new Set();
      const work = [];
      for (const screen of everyScreen()) {
        const fresh = screen.widgets.filter((widget) => {
          const text = JSON.stringify([screen.language, screen.view === 'care', widget]);
          return !known.has(text) && known.add(text);
        });
        if (fresh.length) work.push({ screen, told: [messages(screen), TARGET[screen.view], fresh.map(({ id }) => id)] });
      }
      for (let at = 0; at < work.length; at += 50) {
        const batch = work.slice(at, at + 50);
        const found = await page.evaluate((all) => all.map(([messages, least, ids]) => {
          globalThis.tellGlass(...messages);
          return globalThis.sizes(least, ids);
        }), batch.map(({ told }) => told));
        found.forEach((list, number) => list.forEach((fault) => {
          faults.set(fault, [...faults.get(fault) ?? [], where(batch[number].screen)]);
        }));
      }
      await letters(page, 100);
      console.log(`${known.size} widgets on ${work.length} screens measured with letters of ${percent} %`);
      const told = [...faults].map(([fault, places]) => `${fault} (${places.length} screens, ${places[0]})`);
      assert.deepEqual(told.slice(0, 30), [], `${told.length} faults`);
    });
  }
});
