// Whether everything fits and can be hit: measured inside the page.

/**
 * Faults of the page as it stands: what is cut off, what cannot be reached, what is smaller to hit than `least`.
 * On a phone, only the widgets with these `ids`, and what is around them.
 */
export function sizes(least, ids) {
  const faults = new Set();
  const glass = document.querySelector('#glass') ?? document.body;
  const edge = glass.getBoundingClientRect();
  const name = (node) => {
    const { tagName, id, className } = node;
    const kind = node.closest('[data-kind]')?.dataset.kind ?? '';
    return `${kind} ${tagName.toLowerCase()}${id ? `#${id}` : ''}${typeof className === 'string' && className ? `.${className}` : ''}`.trim();
  };
  const parts = [...glass.querySelectorAll('*')].filter((node) => {
    const widget = node.closest('#widgets > *');
    return !ids || !widget || ids.includes(widget.dataset.widget);
  });
  const seen = (node) => node.checkVisibility() && !node.closest('.vh') && getComputedStyle(node).clipPath === 'none'
    && !node.parentElement?.closest('svg');
  for (const node of parts) {
    if (!seen(node)) continue;
    const box = node.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    if (box.left < edge.left - 0.5 || box.right > edge.right + 0.5) {
      faults.add(`${name(node)}: from ${Math.round(box.left)} to ${Math.round(box.right)} on a glass of ${Math.round(edge.width)}`);
    }
    const style = getComputedStyle(node);
    const text = node.matches('input, select, textarea, pre, option');
    if (!text && style.display !== 'inline' && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0) {
      faults.add(`${name(node)}: ${node.scrollWidth} px of content in ${node.clientWidth} px`);
    }
    const cut = ['hidden', 'clip'].includes(style.overflowY) && node.scrollHeight > node.clientHeight + 1;
    if (cut && node !== glass && !text) faults.add(`${name(node)}: ${node.scrollHeight} px of content in a height of ${node.clientHeight} px`);
    // What stands above the beginning of what scrolls can never be seen.
    const scroll = node.parentElement?.closest('#scroll, .sheet');
    if (scroll && box.top + scroll.scrollTop < scroll.getBoundingClientRect().top - 0.5) faults.add(`${name(node)}: begins above all that can be scrolled to`);
  }
  if (least) {
    for (const node of parts.filter((one) => one.matches('button, a[href], summary, select, input, textarea'))) {
      if (!seen(node) || node.closest('[inert]')) continue;
      const target = node.matches('[type=radio], [type=checkbox]') ? node.closest('label') ?? node : node;
      const { width, height } = target.getBoundingClientRect();
      if (width < least - 0.1 || height < least - 0.1) faults.add(`${name(node)}: ${Math.round(width)} x ${Math.round(height)} to hit instead of ${least}`);
    }
  }
  return [...faults];
}

/** Sets the size of letters that the person asked their browser for, in percent; the page must follow. */
export async function letters(page, percent) {
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setFontSizes', { fontSizes: { standard: 16 * percent / 100 } });
  await session.detach();
  const root = await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
  if (Math.abs(root / 16 - percent / 100) > 0.15 * percent / 100) throw new Error(`letters of ${percent} % make a root of ${root} px`);
}
