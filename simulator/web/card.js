// Draws the scene of a card on a canvas, and the parts of it that change. Decides nothing: where each thing
// stands, in which colour and words, came from the core.

const QUIET = 4;

export class Card {
  // `canvas` shows it; `list` holds what a screen reader says, in order.
  constructor(canvas, list) {
    this.canvas = canvas;
    this.list = list;
    this.scene = null;
  }

  show(scene) {
    this.scene = scene;
    if (!scene) return;
    this.scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(scene.width * this.scale);
    this.canvas.height = Math.round(scene.height * this.scale);
    this.canvas.style.width = `${scene.width}px`;
    this.canvas.style.height = `${scene.height}px`;
    this.draw({ x: 0, y: 0, width: scene.width, height: scene.height });
    this.say(scene.reading_order);
  }

  change({ part, items, reading_order }) {
    if (!this.scene) return;
    const name = (item) => JSON.stringify(item.id);
    const changed = new Map(items.map((item) => [name(item), item]));
    this.scene.items = this.scene.items.map((item) => changed.get(name(item)) ?? item);
    this.draw(part);
    this.say(reading_order);
  }

  // Only what is said differently is touched, so that a reader who stands on a line is left in peace.
  say(order) {
    order.forEach(({ label }, at) => {
      const line = this.list.children[at] ?? this.list.appendChild(document.createElement("li"));
      if (line.textContent !== label) line.textContent = label;
    });
    while (this.list.children.length > order.length) this.list.lastChild.remove();
  }

  draw(part) {
    const context = this.canvas.getContext("2d");
    const { scale } = this;
    const left = Math.floor(part.x * scale);
    const top = Math.floor(part.y * scale);
    const right = Math.ceil((part.x + part.width) * scale);
    const bottom = Math.ceil((part.y + part.height) * scale);
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    for (const { frame, drawing } of this.scene.items) {
      const apart = frame.x * scale > right || (frame.x + frame.width) * scale < left
        || frame.y * scale > bottom || (frame.y + frame.height) * scale < top;
      if (apart) continue;
      context.save();
      if (drawing.qr) {
        qr(context, frame, drawing.qr, scale);
      } else {
        context.scale(scale, scale);
        if (drawing.fill) fill(context, frame, drawing.fill);
        else if (drawing.outline) outline(context, drawing.outline);
        else if (drawing.text) text(context, frame, drawing.text, this.scene.families);
      }
      context.restore();
    }
    context.restore();
  }
}

function fill(context, frame, { colour, radius }) {
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(frame.x, frame.y, frame.width, frame.height, radius);
  context.fill();
}

function outline(context, { steps, colour }) {
  context.fillStyle = colour;
  context.beginPath();
  for (const step of steps) {
    if (step === "close") context.closePath();
    else if (step.move) context.moveTo(...step.move);
    else if (step.line) context.lineTo(...step.line);
    else if (step.curve) context.bezierCurveTo(...step.curve);
  }
  context.fill("nonzero");
}

// Modules are whole pixels of the device, in the middle of the frame; the light colour fills the frame.
export function qr(context, frame, { matrix, dark, light }, scale) {
  const left = Math.round(frame.x * scale);
  const top = Math.round(frame.y * scale);
  const width = Math.round((frame.x + frame.width) * scale) - left;
  const height = Math.round((frame.y + frame.height) * scale) - top;
  context.fillStyle = light;
  context.fillRect(left, top, width, height);
  const across = matrix.rows.length + 2 * QUIET;
  const module = Math.max(1, Math.floor(Math.min(width, height) / across));
  const x = left + Math.floor((width - module * across) / 2) + module * QUIET;
  const y = top + Math.floor((height - module * across) / 2) + module * QUIET;
  context.fillStyle = dark;
  matrix.rows.forEach((row, down) => {
    for (let at = row.indexOf("#"); at >= 0; at = row.indexOf("#", at)) {
      let end = at;
      while (row[end] === "#") end += 1;
      context.fillRect(x + at * module, y + down * module, (end - at) * module, module);
      at = end;
    }
  });
}

// One line, made smaller to fit, then by its rule: see `fit` in core/card/src/text.rs.
function text(context, frame, line, families) {
  const family = families.map((name) => (name === "sans-serif" ? name : JSON.stringify(name))).join(", ");
  const weight = line.weight === "bold" ? "700" : "400";
  const measured = (words, size) => {
    context.font = `${weight} ${size}px ${family}`;
    return context.measureText(words).width;
  };
  const room = line.turned ? frame.height : frame.width;
  const natural = measured(line.text, line.size);
  let { size, text: words } = line;
  if (natural > room) {
    size = Math.max(line.minimum_size, Math.floor((line.size * room / natural) * 4) / 4);
    if (line.overflow === "ellipsis") {
      const letters = [...line.text];
      while (letters.length && measured(words, size) > room) {
        letters.pop();
        words = `${letters.join("").trimEnd()}…`;
      }
    }
  }
  measured(words, size);
  const along = { start: 0, centre: 0.5, end: 1 }[line.align];
  const baseline = line.baseline - (line.size - size) * 0.37;
  context.direction = "ltr";
  context.textAlign = { start: "left", centre: "center", end: "right" }[line.align];
  context.fillStyle = line.ink;
  if (line.turned) {
    context.translate(baseline, frame.y + frame.height * (1 - along));
    context.rotate(-Math.PI / 2);
    context.fillText(words, 0, 0, room);
  } else {
    context.fillText(words, frame.x + frame.width * along, baseline, room);
  }
}
