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
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  return found.violations.map(({ id, help, nodes }) => ({
    id, help, at: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)),
  }));
}
