// A phone's page whose core is the test: what the page would hear over its WebSocket, the test tells it, and what
// the page says is kept in `saidByGlass`, with the kinds of widgets that were on the glass then.

/** Opens the page of a phone; `show(page, ...messages)` then tells it. */
export async function openGlass(browser, address, options) {
  const context = await browser.newContext({ viewport: { width: 320, height: 568 }, reducedMotion: 'reduce', ...options });
  await context.addInitScript(() => {
    globalThis.WebSocket = class extends EventTarget {
      static OPEN = 1;

      readyState = 1;

      constructor() {
        super();
        globalThis.tellGlass = (...messages) => {
          for (const message of messages) this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
        };
      }

      send(text) {
        const kinds = [...document.querySelectorAll('#widgets [data-kind]')].map((node) => node.dataset.kind);
        globalThis.saidByGlass = [...(globalThis.saidByGlass ?? []), { ...JSON.parse(text), kinds }];
      }
    };
  });
  const page = await context.newPage();
  await page.goto(`${address}/phones/green`);
  await page.waitForFunction(() => globalThis.tellGlass && document.querySelector('[data-place=owner]').textContent);
  return page;
}

/** Tells the page. */
export function show(page, ...messages) {
  return page.evaluate((told) => globalThis.tellGlass(...told), messages);
}
