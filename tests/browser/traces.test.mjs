// Every golden trace on the browser's glass: what a screen says is what its accessibility tree says, and
// axe-core finds no fault. The screens come from the traces, through a WebSocket that the test answers.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { startBrowser, startPhones, violations } from './tools.mjs';

const folder = path.join(import.meta.dirname, '../../ui-spec/traces');
const traces = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();

/** Which roles a kind of widget has for a screen reader. */
const ROLES = {
  heading: ['heading'], button: ['button'], field: ['textbox'], link: ['link'], notice: ['alert', 'note'],
  choice: ['group'], consent: ['group'], switch: ['switch'], code_card: ['group'], list: ['list'],
  tiles: ['region'], sheet: ['alertdialog'], progress: ['status'], countdown: ['timer'], qr: ['image', 'img'],
  timeline: ['list'],
};

let phones;
let browser;
let page;
let wire;

before(async () => {
  phones = await startPhones();
  browser = await startBrowser();
  const context = await browser.newContext({ viewport: { width: 320, height: 568 } });
  page = await context.newPage();
  await page.routeWebSocket(/\/glass$/, (socket) => { wire = socket; });
  await page.goto(`${phones.address}/phones/green`);
  for (let tries = 0; !wire && tries < 100; tries += 1) await page.waitForTimeout(50);
});

after(async () => {
  await browser?.close();
  await phones?.stop();
});

/** All widgets of a screen, also those inside others. Folded ones are not on the screen. */
function widgetsOf(widgets) {
  return widgets.flatMap((widget) => [
    widget,
    ...(widget.kind === 'disclosure' && !widget.open ? [] : widgetsOf(widget.widgets ?? [])),
  ]);
}

const plain = (text) => (text ?? '').replace(/\s+/g, ' ').trim();

/** The accessibility tree as it is, without what is ignored. */
async function tree(session) {
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes
    .filter((node) => !node.ignored)
    .map((node) => ({ role: node.role?.value ?? '', name: plain(node.name?.value) }));
}

function missing(screen, nodes) {
  const everything = nodes.map((node) => node.name).join(' ');
  const faults = [];
  for (const widget of widgetsOf(screen.widgets)) {
    const wanted = plain(widget.spoken ?? widget.label);
    const roles = ROLES[widget.kind];
    const inRole = (node) => !roles || roles.includes(node.role);
    const says = nodes.some((node) => inRole(node) && node.name.includes(wanted));
    const held = !roles || ['notice', 'progress', 'countdown', 'list', 'tiles', 'timeline'].includes(widget.kind);
    const found = says || (held && plain(wanted.split('\n\n')[0]) && everything.includes(wanted.slice(0, 12)));
    if (wanted && !found) faults.push(`${widget.kind} ${widget.id}: nothing says “${wanted}”`);
    for (const more of [widget.hint, widget.error, widget.why_not, widget.act].map(plain)) {
      if (more && !everything.includes(more)) faults.push(`${widget.kind} ${widget.id}: nothing says “${more}”`);
    }
  }
  if (!nodes.some((node) => node.role === 'heading' && node.name === plain(screen.title))) {
    faults.push(`no heading says the title “${screen.title}”`);
  }
  return faults;
}

describe('every trace on the glass of the browser', { timeout: 600_000 }, () => {
  it('says each label, with its role, and has no fault that axe finds', async () => {
    assert.ok(traces.length >= 60, `${traces.length} traces`);
    const session = await page.context().newCDPSession(page);
    const faults = [];
    const seen = new Set();
    const checked = new Set();
    let screens = 0;
    const dump = {};
    for (const name of traces) {
      const trace = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
      dump[name] = [];
      for (const screen of [trace.start.screen, ...trace.steps.map((step) => step.screen)]) {
        screens += 1;
        const text = JSON.stringify(screen);
        if (seen.has(text)) continue;
        seen.add(text);
        wire.send(JSON.stringify({ screen }));
        wire.send(JSON.stringify({ card: null }));
        await page.waitForFunction((title) => document.querySelector('#title')?.textContent === title, screen.title);
        const nodes = await tree(session);
        dump[name].push(nodes);
        for (const fault of missing(screen, nodes)) faults.push(`${name}, ${screen.route}: ${fault}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) faults.push(`${name}, ${screen.route}: ${wide} px wider than the glass`);
        // One look of axe for each page, view, language and set of kinds: it is slow, and looks at structure.
        const kinds = widgetsOf(screen.widgets).map((widget) => widget.kind + (widget.error ? '!' : '') + (widget.why_not ? '?' : ''));
        const look = [screen.route, screen.view, screen.language, ...new Set(kinds)].join(' ');
        if (!checked.has(look)) {
          checked.add(look);
          for (const found of await violations(page)) faults.push(`${name}, ${screen.route}: axe ${found.id}: ${found.at[0]}`);
        }
      }
    }
    const pictures = process.env.LIANGMA_PICTURES;
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      writeFileSync(path.join(pictures, 'accessibility.json'), JSON.stringify(dump, null, 1));
    }
    console.log(`${traces.length} traces, ${screens} screens, ${seen.size} different ones, ${checked.size} looks of axe`);
    assert.deepEqual([...new Set(faults)].slice(0, 40), []);
  });
});
