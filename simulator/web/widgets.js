// Draws widgets with the browser's own controls. What a thing means came from the core; how it looks is in
// phone.css. Texts are only ever text: nothing that came over the wire is read as markup.

import { qr } from "./card.js";

// An element: attributes, listeners as `onclick`, then children; texts become text.
export function el(tag, set = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "open") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter(Boolean));
  return node;
}

const hidden = (text, set = {}) => el("span", { class: "vh", ...set }, text);

// What is read, and what is said instead of it.
const said = (w) => (w.spoken && w.spoken !== w.label
  ? [el("span", { "aria-hidden": "true" }, w.label), hidden(w.spoken)] : w.label);

const describedBy = (w) => [w.hint && `${w.id}-hint`, w.why_not && `${w.id}-why`, w.error && `${w.id}-error`]
  .filter(Boolean).join(" ") || undefined;
const hint = (w) => w.hint && el("p", { class: "hint", id: `${w.id}-hint` }, w.hint);
const error = (w) => w.error && el("p", { class: "error", id: `${w.id}-error`, role: "alert" }, w.error);
const why = (w) => w.why_not && el("p", { class: "why", id: `${w.id}-why` }, w.why_not);

const paragraphs = (text, kind) => (text ?? "").split(/\n\s*\n/).map((part) => el("p", { class: kind }, part));

function button(w, send, rank, action) {
  const event = { event: "pressed", widget: action?.id ?? w.id };
  return el("button", {
    type: "button", class: rank, id: `w-${event.widget}`, "aria-describedby": describedBy(w),
    "aria-disabled": w.why_not && !action ? "true" : undefined,
    onclick: () => (w.why_not && !action) || send(event),
  }, action ? action.label : said(w));
}

function choice(w, send) {
  const name = `w-${w.id}`;
  const chosen = new Set(w.chosen);
  const options = w.options.map(({ id, label }) => el("label", { class: "option" },
    el("input", {
      type: w.several ? "checkbox" : "radio", name, id: `${name}-${id}`, value: id, checked: chosen.has(id),
      onchange: (change) => {
        if (!w.several) return send({ event: "chosen", widget: w.id, chosen: [id] });
        change.target.checked ? chosen.add(id) : chosen.delete(id);
        return send({ event: "chosen", widget: w.id, chosen: [...chosen] });
      },
    }), el("span", {}, label)));
  const path = w.path.length > 0 && el("nav", { class: "path", "aria-label": w.label }, w.path.map(({ id, label }) =>
    el("button", {
      type: "button", class: "quiet", id: `${name}-path-${id}`,
      onclick: () => send({ event: "chosen", widget: w.id, chosen: [id] }),
    }, label)));
  return el("fieldset", { "aria-describedby": describedBy(w), "aria-invalid": w.error ? "true" : undefined },
    el("legend", {}, said(w)), hint(w), path || "", w.searchable ? w.search : "", options, why(w), error(w));
}

const fieldTypes = {
  name: { autocomplete: "name" },
  document_number: { autocapitalize: "characters", spellcheck: "false" },
  phone: { type: "tel", autocomplete: "tel", inputmode: "tel" },
  one_time_code: { autocomplete: "one-time-code", inputmode: "numeric" },
  number: { inputmode: "decimal" },
  text: {},
};

function field(w, send, glass) {
  const input = glass.input(w, () => el(w.multiline ? "textarea" : "input", {
    id: `w-${w.id}`, "data-purpose": w.purpose, maxlength: w.longest, rows: w.multiline ? 4 : undefined,
    autocomplete: "off", ...fieldTypes[w.purpose],
  }));
  for (const [name, value] of [["aria-describedby", describedBy(w)], ["aria-invalid", w.error ? "true" : null]]) {
    value ? input.setAttribute(name, value) : input.removeAttribute(name);
  }
  input.readOnly = Boolean(w.why_not);
  const counter = w.multiline && el("p", { class: "hint", "aria-hidden": "true" },
    `${[...input.value].length} / ${w.longest}`);
  return el("div", { class: "field" }, el("label", { for: `w-${w.id}` }, said(w)), hint(w), input, counter || "",
    why(w), error(w));
}

const facts = (tiles) => el("dl", { class: "tiles" }, tiles.map(({ name, value, age }) =>
  el("div", {}, el("dt", {}, name), el("dd", {}, value, age && el("small", {}, age)))));

const kinds = {
  heading: (w) => el(`h${Math.min(3, Math.max(2, w.level))}`, {}, said(w)),
  text: (w) => el("p", {}, said(w)),
  long_text: (w) => el("div", { class: "long" }, paragraphs(w.spoken ?? w.label)),
  key_value: (w) => el("dl", { class: "pair" }, el("dt", {}, w.label),
    el("dd", {}, w.spoken ? [el("span", { "aria-hidden": "true" }, w.value), hidden(w.spoken)] : w.value)),
  disclosure: (w, send, glass) => el("details", { open: w.open }, el("summary", { id: `w-${w.id}` }, said(w)),
    w.widgets.map((inner) => widget(inner, send, glass))),
  notice: (w, send) => el("div", { class: `notice ${w.tone}`, role: w.tone === "trouble" ? "alert" : "note" },
    el("strong", {}, said(w)), el("p", {}, w.act), w.way_out && button(w, send, "secondary", w.way_out)),
  field,
  date: (w, send) => el("div", { class: "field" }, el("label", { for: `w-${w.id}` }, said(w)), hint(w),
    el("input", {
      type: "date", id: `w-${w.id}`, value: w.value ?? "", min: w.first, max: w.last,
      "aria-describedby": describedBy(w), "aria-invalid": w.error ? "true" : undefined,
      onchange: (change) => change.target.value
        && send({ event: "chosen", widget: w.id, chosen: [change.target.value] }),
    }), why(w), error(w)),
  choice: (w, send, glass) => choice({
    ...w, search: w.searchable && field({ ...w, purpose: "text", text: "", revision: 0, longest: 40, spoken: null }, send, glass),
  }, send),
  switch: (w, send) => el("div", {}, el("label", { class: "option" }, el("input", {
    type: "checkbox", role: "switch", id: `w-${w.id}`, checked: w.on, "aria-describedby": describedBy(w),
    onchange: (change) => send({ event: "switched", widget: w.id, on: change.target.checked }),
  }), el("span", {}, said(w))), hint(w), why(w), error(w)),
  consent: (w) => el("section", { class: "consent", role: "group", "aria-label": w.spoken ?? w.label },
    paragraphs(w.text), hint(w), error(w)),
  button: (w, send) => (w.hint || w.why_not || w.error
    ? el("div", {}, button(w, send, w.rank), hint(w), why(w), error(w)) : button(w, send, w.rank)),
  link: (w, send) => el("div", {}, el("a", {
    class: "button secondary", id: `w-${w.id}`, rel: "noopener noreferrer", "aria-describedby": describedBy(w),
    href: w.target.to === "call" ? `tel:${w.target.number}` : w.target.address,
    onclick: (click) => { click.preventDefault(); send({ event: "pressed", widget: w.id }); },
  }, said(w)), w.target.hours && el("p", { class: "hint" }, w.target.hours),
  w.target.text_alternative && el("p", { class: "hint" }, w.target.text_alternative), hint(w)),
  code_card: (w, send, glass) => glass.card(w),
  qr: (w) => {
    const size = 280;
    const canvas = el("canvas", { class: "qr", role: "img", "aria-label": w.spoken ?? w.label });
    const scale = devicePixelRatio || 1;
    canvas.width = canvas.height = size * scale;
    qr(canvas.getContext("2d"), { x: 0, y: 0, width: size, height: size },
      { matrix: { rows: w.rows }, dark: "#000000", light: "#ffffff" }, scale);
    return canvas;
  },
  pager: (w, send) => el("div", { role: "group", "aria-label": w.label, class: "row" }, w.items.map((label, at) =>
    el("button", {
      type: "button", id: `w-${w.id}-${at}`, class: "secondary", "aria-current": at === w.index ? "true" : undefined,
      onclick: () => send({ event: "chosen", widget: w.id, chosen: [String(at)] }),
    }, label))),
  tiles: (w) => el("section", { "aria-label": w.label }, facts(w.tiles)),
  list: (w, send) => el("div", {}, el("ul", { class: "list", "aria-label": w.label }, w.rows.map((row) => {
    const parts = [el("span", { class: "title" }, row.title), row.detail && el("small", {}, row.detail),
      row.status && el("small", { class: "status" }, row.status)];
    return el("li", {}, row.action
      ? el("button", {
        type: "button", class: "line", id: `w-${row.id}`,
        onclick: () => send({ event: "pressed", widget: row.id }),
      }, parts, hidden(row.action))
      : el("div", { class: "line" }, parts));
  })), w.more && button(w, send, "quiet", { id: `${w.id}.more`, label: "…" })),
  timeline: (w) => el("ol", { class: "timeline", "aria-label": w.label }, w.entries.map((entry) =>
    el("li", { class: entry.done ? "done" : "due" }, el("strong", {}, entry.what), el("small", {}, entry.at),
      el("small", {}, entry.office)))),
  section: (w, send, glass) => (w.widgets.every(({ kind }) => kind === "button")
    ? el("div", { class: "row", role: "group", "aria-label": w.spoken ?? w.label },
      w.widgets.map((inner) => widget(inner, send, glass)))
    : el("section", { "aria-labelledby": `w-${w.id}` }, el("h2", { id: `w-${w.id}` }, said(w)),
      w.widgets.map((inner) => widget(inner, send, glass)))),
  attachments: (w, send) => el("ul", { class: "list", "aria-label": w.label }, w.items.map((item) =>
    el("li", {}, el("div", { class: "line" }, item.label, el("progress", { max: 100, value: item.percent }),
      button(w, send, "quiet", { id: `${item.id}.remove`, label: "×" }))))),
  progress: (w, send) => el("div", { class: "notice calm", role: "status" }, el("strong", {}, said(w)),
    el("div", { class: "bar", "aria-hidden": "true" }), w.cancel && button(w, send, "secondary", w.cancel)),
  handoff: (w, send, glass) => el("div", { class: "notice calm" }, el("strong", {}, said(w)),
    hint(w), w.waiting && glass.handoff() && el("a", {
      class: "button primary", id: `w-${w.id}`, href: glass.handoff(),
    }, w.provider)),
  // This glass has no camera, and says so once the page is drawn.
  scanner: (w, send) => {
    if (!w.why_not) queueMicrotask(() => send({ event: "switched", widget: w.id, on: false }));
    return el("div", {}, el("p", {}, said(w)), hint(w), why(w));
  },
  verdict: (w) => el("section", { class: "verdict", "aria-labelledby": `w-${w.id}` },
    el("h2", { id: `w-${w.id}` }, said(w)), el("p", {}, w.say), el("p", {}, w.act)),
  countdown: (w, send, glass) => glass.countdown(w, el("p", { class: "countdown", role: "timer" },
    el("span", {}, w.label), " ", el("b", {}))),
  sheet: (w, send) => el("div", {
    class: "sheet", role: "alertdialog", "aria-modal": "true", "aria-labelledby": `${w.id}-title`,
    "aria-describedby": `${w.id}-text`,
    onkeydown: (key) => key.key === "Escape" && send({ event: "pressed", widget: w.dismiss.id }),
  }, el("div", {}, el("h2", { id: `${w.id}-title` }, said(w)), el("p", { id: `${w.id}-text` }, w.text),
    button({}, send, w.destructive ? "destructive" : "primary", w.confirm),
    button({}, send, "secondary", w.dismiss))),
  pin_pad: (w) => el("p", {}, said(w), ` ${w.typed} / ${w.digits}`),
  document: (w, send, glass) => el("div", {}, el("p", {}, said(w)), el("pre", { tabindex: "0", "aria-label": w.label }, w.text),
    el("a", {
      class: "button secondary", id: `w-${w.id}`, download: w.file_name,
      href: URL.createObjectURL(new Blob([w.text], { type: w.media_type })),
    }, glass.words("save"))),
  totals: (w) => el("section", { "aria-label": w.label }, facts(w.totals)),
  chart: (w) => el("section", { "aria-label": w.label }, facts(w.points)),
};

// The element of a widget. A kind that this glass does not know still says what it is.
export function widget(w, send, glass) {
  const draw = Object.hasOwn(kinds, w.kind) ? kinds[w.kind] : null;
  const node = draw ? draw(w, send, glass) : el("p", { class: "unknown" }, said(w), hint(w));
  node.dataset.widget = w.id;
  node.dataset.kind = w.kind;
  return node;
}
