// One phone's glass: shows what its core says over a WebSocket, and says what the person does. No decision
// lives here.

import { Card } from "./card.js";
import { el, widget } from "./widgets.js";

const WORDS = {
  "zh-Hans": { back: "返回", save: "保存", gone: "程序已停止，或暂时连不上。正在自动重连。" },
  "zh-Hant": { back: "返回", save: "儲存", gone: "程式已停止，或暫時連不上。正在自動重新連線。" },
  en: { back: "Back", save: "Save", gone: "The program has stopped, or cannot be reached. It is tried again by itself." },
};
const SETTLE = 150;
const key = location.pathname.split("/").pop();
const $ = (id) => document.getElementById(id);
const place = (name) => document.querySelector(`[data-place="${name}"]`);
const words = (name) => (WORDS[screen?.language] ?? WORDS["zh-Hans"])[name];

let screen = null;
let status = { network: true, battery: 100, handoff: null, message: null };
let socket = null;
let wait = 250;
const shown = new Map();
const fields = new Map();

// ---- the wire

function connect() {
  socket = new WebSocket(`ws://${location.host}/phones/${key}/glass`);
  socket.addEventListener("open", () => {
    wait = 250;
    $("gone").hidden = true;
    fields.clear();
    shown.clear();
    tell({ event: "visible", visible: !document.hidden });
    measure();
  });
  socket.addEventListener("message", ({ data }) => {
    const [[what, value]] = Object.entries(JSON.parse(data));
    hear[what]?.(value);
  });
  socket.addEventListener("close", () => {
    $("gone-text").textContent = words("gone");
    $("gone").hidden = false;
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 4000);
  });
}

function tell(event) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
}

// A double tap does one thing: its second half may meet the page that its first half opened.
$("widgets").addEventListener("click", (click) => {
  if (click.detail < 2 || !click.target.closest("button, a, label, summary")) return;
  click.preventDefault();
  click.stopPropagation();
}, true);

// What was typed goes first, so that whatever is pressed finds it.
function send(event) {
  for (const field of fields.values()) field.flush();
  tell(event);
}

const hear = {
  screen: show,
  card(scene) {
    card.show(scene);
    cardPlace.hidden = !scene;
  },
  card_part: (part) => card.change(part),
  perform,
  status(now) {
    const before = status;
    status = now;
    place("network").textContent = !now.network ? "✕" : now.stalled ? "▂" : "▂▄▆";
    place("network").title = now.network ? "network" : "no network";
    place("battery").textContent = `${now.battery} %`;
    message();
    if (now.handoff !== before.handoff && screen) show(screen, true);
    glow();
  },
  error: ({ say }) => { $("said").textContent = say; },
};

function perform(effect) {
  if (effect.effect === "speak") {
    const text = new SpeechSynthesisUtterance(effect.text);
    text.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(text);
  } else if (effect.effect === "leave") {
    location.assign("/");
  } else if (effect.effect === "open") {
    if (effect.address === status.handoff) location.assign(effect.address);
    else if (effect.address.startsWith("https:")) open(effect.address, "_blank", "noopener,noreferrer");
    else if (effect.address.startsWith("tel:")) location.assign(effect.address);
  }
}

// A message shows while its code can be typed, until it is put away.
let putAway = null;
function message() {
  const wanted = document.querySelector('#widgets [data-purpose="one_time_code"]');
  place("message").hidden = !wanted || !status.message || status.message === putAway;
  place("message-code").textContent = status.message ?? "";
}

// ---- the screen

const cardPlace = $("card");
const card = new Card(cardPlace.querySelector("canvas"), cardPlace.querySelector("ol"));
const glass = {
  words,
  handoff: () => status.handoff,
  card(w) {
    cardPlace.dataset.position = w.position;
    cardPlace.dataset.enlarged = w.enlarged;
    cardPlace.setAttribute("aria-label", w.spoken ?? w.label);
    return cardPlace;
  },
  input(w, make) {
    const field = fields.get(w.id) ?? new Field(w.id, make());
    fields.set(w.id, field);
    field.take(w);
    return field.input;
  },
  countdown(w, node) {
    node.dataset.until = w.until;
    node.dataset.id = w.id;
    return node;
  },
};

// A field keeps its text until composition ends, and takes a text from the core only when that is not older.
class Field {
  constructor(id, input) {
    Object.assign(this, { id, input, revision: 0, sent: -1, pending: null, composing: false });
    input.addEventListener("compositionstart", () => { this.composing = true; });
    input.addEventListener("compositionend", () => { this.composing = false; this.typed(); });
    input.addEventListener("input", () => this.composing || this.typed());
    input.addEventListener("blur", () => this.flush());
    input.addEventListener("keydown", (pressed) => {
      if (pressed.key === "Enter" && !pressed.isComposing && input.tagName === "INPUT") {
        document.querySelector("#widgets button.primary")?.click();
      }
    });
  }

  typed() {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.flush(), SETTLE);
  }

  flush() {
    if (this.pending === null) return;
    clearTimeout(this.pending);
    this.pending = null;
    this.revision += 1;
    this.sent = this.revision;
    // Half a letter, as a cut may leave it, is no text.
    const text = this.input.value.toWellFormed?.() ?? this.input.value;
    tell({ event: "typed", widget: this.id, text, revision: this.revision });
  }

  take({ text, revision }) {
    if (this.pending !== null || this.composing || revision < this.sent) return;
    this.revision = Math.max(this.revision, revision);
    if (this.input.value !== text) this.input.value = text;
  }
}

function show(next, again = false) {
  const before = screen;
  const turned = !before || before.route !== next.route;
  screen = next;
  const root = document.documentElement;
  root.lang = next.language === "en" ? "en" : next.language;
  $("glass").dataset.view = next.view;
  $("glass").dataset.capture = next.capture;
  $("glass").dataset.presentation = next.presentation;
  document.title = $("title").textContent = next.title;
  $("back").hidden = next.back === "leave";
  $("back").setAttribute("aria-label", words("back"));
  if (turned) {
    shown.clear();
    fields.clear();
    $("scroll").scrollTop = 0;
  }
  const held = document.activeElement?.id;
  draw(next.widgets, again);
  attend(next, before, turned, held);
  if (next.announcements.length && !again) $("said").textContent = next.announcements.join(" ");
  if (next.haptic && !again) navigator.vibrate?.(20);
  if (turned || JSON.stringify(next.brightness) !== JSON.stringify(before.brightness)) glow(true);
  stayAwake(next.keep_awake);
  message();
  tick();
  measure();
}

// Widgets that did not change keep their elements, and with them focus and caret.
function draw(widgets, again) {
  const home = $("widgets");
  const kept = new Set();
  widgets.forEach((w, at) => {
    const text = JSON.stringify(w);
    let known = shown.get(w.id);
    if (!known || known.text !== text || (again && w.kind === "handoff")) {
      known = { text, node: widget(w, send, glass) };
      shown.set(w.id, known);
    }
    kept.add(w.id);
    if (home.children[at] !== known.node) home.insertBefore(known.node, home.children[at] ?? null);
  });
  while (home.children.length > widgets.length) home.lastChild.remove();
  for (const id of shown.keys()) if (!kept.has(id)) shown.delete(id);
  const sheet = home.querySelector(".sheet");
  for (const node of home.children) node.inert = Boolean(sheet) && node !== sheet;
}

// Where the focus goes: where the core says, when the page or the trouble is new; else where it was.
function attend(next, before, turned, held) {
  const sheet = $("widgets").querySelector(".sheet");
  const wanted = next.focus && (turned || next.focus !== before.focus
    || JSON.stringify(find(next, next.focus)) !== JSON.stringify(find(before, next.focus)));
  if (sheet && !sheet.contains(document.activeElement)) return sheet.querySelector("button.secondary").focus();
  if (wanted) return reach(next.focus)?.focus();
  if (turned) return before && $("title").focus({ preventScroll: true });
  if (held && document.activeElement?.id !== held) $(held)?.focus({ preventScroll: true });
}

const find = (of, id) => of.widgets.find((w) => w.id === id);

function reach(id) {
  const node = document.querySelector(`[data-widget="${CSS.escape(id)}"]`);
  const control = $(`w-${id}`) ?? node?.querySelector("input:checked, input, button, a") ?? node;
  if (control && control === node && !control.hasAttribute("tabindex")) control.tabIndex = -1;
  return control;
}

// ---- light, time, width

let dimmed = 0;
function glow(anew = false) {
  const { level, seconds, low_battery_percent: low } = screen?.brightness ?? {};
  $("glass").classList.toggle("raised", level === "raised" && (anew || $("glass").classList.contains("raised")));
  $("glass").style.setProperty("--light", status.battery < 10 ? `${low}%` : "100%");
  if (!anew) return;
  clearTimeout(dimmed);
  if (level === "raised") dimmed = setTimeout(() => $("glass").classList.remove("raised"), seconds * 1000);
}

let lock = null;
async function stayAwake(on) {
  if (on && !lock) lock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (!on && lock) { lock.release(); lock = null; }
}

function tick() {
  const now = new Date(Date.now() + (status.clock_ahead ?? 0) * 1000);
  place("time").textContent = now.toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" });
  for (const node of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((Date.parse(node.dataset.until) - now) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (node.lastChild.textContent === text) continue;
    node.lastChild.textContent = text;
    const { milestones } = find(screen, node.dataset.id) ?? {};
    if (milestones?.includes(left)) $("said").textContent = `${node.firstChild.textContent} ${text}`;
    if (left === 0) send({ event: "ran_out", widget: node.dataset.id });
  }
}
setInterval(tick, 1000);

let measured = 0;
function measure() {
  const width = Math.floor($("scroll").clientWidth);
  if (width === measured && socket?.readyState !== WebSocket.OPEN) return;
  measured = width;
  tell({ event: "width", points: width });
}
new ResizeObserver(measure).observe($("scroll"));
matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => card.show(card.scene));

// ---- back, sight, and the person's papers beside the phone

function back() {
  send({ event: "back" });
}
history.replaceState({ guard: true }, "");
history.pushState({}, "");
addEventListener("popstate", ({ state }) => {
  if (!state?.guard) return;
  history.pushState({}, "");
  back();
});
$("back").addEventListener("click", back);
document.addEventListener("visibilitychange", () => tell({ event: "visible", visible: !document.hidden }));
place("message-close").addEventListener("click", () => { putAway = status.message; message(); });
place("message-type").addEventListener("click", () => fill("one_time_code", place("message-code").textContent));

// Types for the person what they would type from their papers.
function fill(purpose, text) {
  const input = document.querySelector(`#widgets [data-purpose="${purpose}"]`);
  if (!input) return;
  input.value = text;
  input.dispatchEvent(new Event("input"));
  putAway = purpose === "one_time_code" ? text : putAway;
  message();
  input.focus();
}

fetch("/phones").then((answer) => answer.json()).then((phones) => {
  const person = phones.find((phone) => phone.key === key);
  if (!person) return;
  place("owner").textContent = person.name;
  place("about").textContent = person.about;
  const papers = [["name", "姓名 Name", person.name], ["document_number", "证件号 Number", person.document],
    ["phone", "手机 Phone", person.phone]];
  place("papers").append(...papers.map(([purpose, label, value]) => el("li", {},
    el("button", {
      type: "button",
      onclick: () => {
        const kind = purpose === "document_number" && document.querySelector(`#widgets [value="${CSS.escape(person.document_type)}"]`);
        if (kind && !kind.checked) kind.click();
        fill(purpose, value);
      },
    }, el("small", {}, label), value))));
});
connect();
