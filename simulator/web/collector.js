// The glass of the collector's device: it draws what it is told, and sends frames, texts and touches.
const FRAME = 1;
const PICTURE = 2;
const SIDE = 720;
const $ = (id) => document.getElementById(id);
const video = $("video");
let socket;
let palette = {};
let screen = null;
let sounded = null;
let audio = null;
let stream = null;
let looking = false;
let opened = false;

function open() {
  socket = new WebSocket(`ws://${location.host}/collector/glass`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (told.palette) palette = told.palette;
    if (told.looked) { looking = false; setTimeout(frame, 60); }
    if (told.screen) show(told.screen);
  };
  socket.onclose = () => setTimeout(open, 1000);
  looking = false;
}
const send = (event) => socket.readyState === 1 && socket.send(JSON.stringify(event));
const press = (widget) => send({ event: "pressed", widget });

// Drawing.
function node(name, words, fields = {}) {
  const made = Object.assign(document.createElement(name), fields);
  if (words !== undefined) made.textContent = words;
  return made;
}
const SHAPES = {
  tick_in_circle: ["M50 4a46 46 0 1 0 .1 0z", "M27 52l16 17 31-36"],
  triangle: ["M50 6L97 92H3z"],
  square: ["M8 8H92V92H8z"],
  diamond: ["M50 3L97 50 50 97 3 50z"],
  dash_in_circle: ["M50 4a46 46 0 1 0 .1 0z", "M28 50H72"],
  question_mark: ["M50 4a46 46 0 1 0 .1 0z", "M35 38a15 15 0 1 1 23 13c-6 4-8 7-8 13M50 77v2"],
};
function shape(name, ink, ground) {
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  drawn.setAttribute("viewBox", "0 0 100 100");
  drawn.setAttribute("aria-hidden", "true");
  (SHAPES[name] ?? SHAPES.question_mark).forEach((d, number) => {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", number ? "none" : ink);
    if (number) {
      path.setAttribute("stroke", ground);
      path.setAttribute("stroke-width", "11");
      path.setAttribute("stroke-linecap", "round");
    }
    drawn.append(path);
  });
  return drawn;
}
function rows(widget, list, name, value) {
  const table = node("table");
  table.append(node("caption", widget.label));
  for (const row of list) {
    const line = table.insertRow();
    line.append(node("th", row[name], { scope: "row" }), node("td", row[value]));
  }
  return [table];
}
const KINDS = {
  verdict(widget) {
    const [ground, ink] = palette[widget.colour] ?? palette[0] ?? ["#4A5663", "#FFFFFF"];
    const drawn = node("section", undefined, { className: "verdict" });
    const head = node("header");
    const body = node("div", undefined, { className: "body" });
    head.style.background = ground;
    head.style.color = ink;
    drawn.style.color = ground;
    const word = node("span", widget.label);
    if (widget.spoken) {
      word.setAttribute("role", "text");
      word.setAttribute("aria-label", widget.spoken);
    }
    head.append(shape(widget.shape, ink, ground), word);
    body.append(node("p", widget.say, { className: "say" }), node("p", widget.act, { className: "act" }));
    drawn.append(head, body);
    return [drawn];
  },
  heading: (widget) => [node("h2", widget.label)],
  text: (widget) => [node("p", widget.label)],
  notice(widget) {
    const drawn = node("div", undefined, { className: `notice ${widget.tone}` });
    drawn.append(node("p", widget.label), node("p", widget.act));
    return [drawn];
  },
  key_value(widget) {
    const list = node("dl");
    const value = node("dd", widget.value);
    if (widget.spoken) {
      value.setAttribute("role", "text");
      value.setAttribute("aria-label", widget.spoken);
    }
    list.append(node("dt", widget.label), value);
    return [list];
  },
  list(widget) {
    const list = node("ul");
    for (const row of widget.rows) list.append(node("li", row.title));
    return [node("h2", widget.label, { className: "small" }), list];
  },
  button: (widget) => [node("button", widget.label, { className: widget.rank, onclick: () => tap(widget.id) })],
  switch(widget) {
    const drawn = node("button", widget.label, { onclick: () => camera(!widget.on) });
    drawn.setAttribute("role", "switch");
    drawn.setAttribute("aria-checked", widget.on);
    return [drawn];
  },
  choice(widget) {
    const select = node("select", undefined, { id: `in-${widget.id}` });
    for (const option of widget.options) {
      select.append(node("option", option.label, { value: option.id, selected: widget.chosen.includes(option.id) }));
    }
    select.onchange = () => send({ event: "chosen", widget: widget.id, chosen: [select.value] });
    return [node("label", widget.label, { htmlFor: select.id }), select];
  },
  field(widget) {
    const input = node("input", undefined, { id: `in-${widget.id}`, value: widget.text, maxLength: widget.longest, autocomplete: "off", spellcheck: false });
    input.onchange = () => {
      send({ event: "typed", widget: widget.id, text: input.value, revision: widget.revision + 1 });
    };
    return [node("label", widget.label, { htmlFor: input.id }), ...hint(widget, input), input];
  },
  picture_picker(widget) {
    const input = node("input", undefined, { id: `in-${widget.id}`, type: "file", accept: "image/png,image/jpeg" });
    input.onchange = () => { picture(input.files[0]); input.value = ""; };
    return [node("label", widget.label, { htmlFor: input.id }), input];
  },
  scanner: (widget) => [node("h2", widget.label), ...hint(widget)],
  totals: (widget) => rows(widget, widget.totals, "name", "value"),
  chart: (widget) => rows(widget, widget.points, "name", "value"),
  sheet(widget) {
    const dialog = node("dialog");
    dialog.append(node("h2", widget.label), node("p", widget.text));
    for (const [action, name] of [[widget.dismiss, "primary"], [widget.confirm, "destructive"]]) {
      dialog.append(node("button", action.label, { className: name, onclick: () => tap(action.id) }));
    }
    dialog.oncancel = () => press(widget.dismiss.id);
    return [dialog];
  },
};
function hint(widget, field) {
  if (!widget.hint) return [];
  const drawn = node("p", widget.hint, { className: "hint", id: `hint-${widget.id}` });
  field?.setAttribute("aria-describedby", drawn.id);
  return [drawn];
}
function show(next) {
  const filmed = on("camera");
  screen = next;
  document.documentElement.lang = next.language;
  document.title = next.title;
  $("title").textContent = next.title;
  const at = next.widgets.findIndex((widget) => widget.kind === "scanner");
  const held = document.activeElement?.dataset?.widget;
  fill($("front"), next.widgets.slice(0, Math.max(at, 0)));
  fill($("rest"), next.widgets.slice(Math.max(at, 0)));
  if (held) document.querySelector(`[data-widget="${CSS.escape(held)}"]`)?.focus();
  document.querySelector("dialog")?.showModal();
  $("camera").hidden = !stream || at < 0;
  const scanner = next.widgets[at];
  stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: !!scanner?.torch }] }).catch(() => {});
  if (filmed && !on("camera")) stop();
  // A page that was loaded anew has let go of the camera.
  if (!opened && on("camera")) send({ event: "switched", widget: "camera", on: false });
  const verdict = next.widgets.find((widget) => widget.kind === "verdict");
  if (verdict && verdict.id !== sounded && opened) signal(verdict);
  sounded = verdict?.id ?? sounded;
  opened = true;
  frame();
}
// What has not changed stays in place, so that focus and what is being typed stay too.
function fill(place, widgets) {
  const before = new Map([...place.children].map((child) => [child.dataset.part, child]));
  const parts = widgets.map((widget) => {
    const told = JSON.stringify(widget);
    const same = before.get(widget.id);
    if (same?.told === told) return same;
    const part = node("div");
    part.dataset.part = widget.id;
    part.told = told;
    part.append(...(KINDS[widget.kind]?.(widget) ?? []));
    part.querySelectorAll("button, input, select").forEach((input, number) => {
      input.dataset.widget = `${widget.id}.${number}`;
    });
    return part;
  });
  if (parts.length !== place.children.length || parts.some((part, number) => part !== place.children[number])) {
    place.replaceChildren(...parts);
  }
}
const on = (id) => screen?.widgets.some((widget) => widget.id === id && widget.on);
const has = (id) => screen?.widgets.some((widget) => widget.id === id);

// Two sounds, equally loud; the hand feels which of three it is.
function signal(verdict) {
  navigator.vibrate?.(Array.from({ length: verdict.pulses * 2 - 1 }, (_, at) => (at % 2 ? 90 : 120)));
  if (!audio) return;
  const tones = verdict.pulses === 1 ? [660, 880] : [440, 440];
  tones.forEach((pitch, at) => {
    const start = audio.currentTime + at * 0.16;
    const [tone, gain] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.25, start);
    gain.gain.linearRampToValueAtTime(0, start + 0.14);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.15);
  });
}
function tap(id) {
  audio ??= new AudioContext();
  if (id !== "speak") return press(id);
  const verdict = screen.widgets.find((widget) => widget.kind === "verdict");
  const words = new SpeechSynthesisUtterance(verdict.say);
  words.lang = screen.language;
  speechSynthesis.speak(words);
}

// The camera: one frame at a time, in shades of grey.
async function camera(wanted) {
  audio ??= new AudioContext();
  if (!wanted) return send({ event: "switched", widget: "camera", on: false });
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    video.srcObject = stream;
    await video.play();
    send({ event: "switched", widget: "camera", on: true });
  } catch {
    stop();
    send({ event: "switched", widget: "scanner", on: false });
  }
}
function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
}
const canvas = document.createElement("canvas");
function frame() {
  if (looking || !stream || !on("camera") || socket.readyState !== 1 || !video.videoWidth) return;
  const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
  const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, width, height);
  const colours = pen.getImageData(0, 0, width, height).data;
  const message = new Uint8Array(5 + width * height);
  new DataView(message.buffer).setUint8(0, FRAME);
  new DataView(message.buffer).setUint16(1, width, true);
  new DataView(message.buffer).setUint16(3, height, true);
  for (let from = 0, to = 5; to < message.length; from += 4, to += 1) {
    message[to] = (colours[from] * 77 + colours[from + 1] * 150 + colours[from + 2] * 29) >> 8;
  }
  looking = true;
  socket.send(message);
}
async function picture(file) {
  if (!file) return;
  socket.send(new Blob([new Uint8Array([PICTURE]), file]));
}
addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("drop"); });
addEventListener("dragleave", () => document.body.classList.remove("drop"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("drop");
  const { files } = event.dataTransfer;
  if (files.length) picture(files[0]);
  else paste(event.dataTransfer.getData("text"));
});
addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (file) return picture(file);
  if (event.target.matches?.("input")) return;
  paste(event.clipboardData.getData("text"));
});
function paste(text) {
  const field = screen?.widgets.find((widget) => widget.id === "text");
  if (field && text) send({ event: "typed", widget: "text", text, revision: field.revision + 1 });
}

// Keys: F2 lights the torch, Escape takes the next person, and a hand-held reader types a line.
let line = "";
let struck = 0;
addEventListener("keydown", (event) => {
  if (event.key === "F2" && has("torch")) return event.preventDefault(), press("torch");
  if (event.key === "Escape" && has("next")) return press("next");
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.timeStamp - struck > 400) line = "";
  struck = event.timeStamp;
  if (event.key === "Enter" && line.length > 3) {
    event.preventDefault();
    send({ event: "read", text: line });
    line = "";
  } else if (event.key.length === 1) {
    // A space would press the button that has the focus; within a line it is a character of the code.
    if (line && event.key === " ") event.preventDefault();
    line += event.key;
  }
}, true);
open();
