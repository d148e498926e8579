// The desk: asks every second how everything is, and tells the program what to do. Nothing is decided here.
const $ = (id) => document.getElementById(id);
const WORDS = {
  fever: "发热 · fever", fever_over: "退热 · fever is over",
  negative_test: "核酸阴性 · negative test", positive_test: "核酸阳性 · positive test",
  close_contact: "密切接触 · close contact", central_isolation: "集中隔离令 · order into central isolation",
  home_observation: "居家观察令 · order to stay at home", central_release: "解除集中隔离 · released from central isolation",
  home_release: "解除居家观察 · released from home", yellow_by_hand: "人工转黄码 · yellow by hand",
  red_by_hand: "人工转红码，要两人 · red by hand, needs two people",
  applied: "已生效 · in force", waiting_for_approval: "等另一单位的人 · waits for a person of another unit",
  applying: "正在生效 · coming into force", refused: "未采纳 · refused",
  "health-commission": "卫健 · health commission", "disease-control": "疾控 · disease control",
  laboratory: "检测机构 · laboratory", customs: "海关 · customs", "public-security": "公安 · public security",
  headquarters: "防控办 · headquarters", administrator: "分区管理员 · administrator", counter: "窗口 · counter",
  pass: "本人 · pass", fail: "不像 · fail", cancel: "不刷了 · cancel", time_out: "超时 · time out", wrong_person: "别人的 · wrong person",
  sms: "短信 · text", voice: "电话 · call",
  well: "正常 · well", busy: "没有应答 · no answer", locked: "重启后未解锁 · locked since start",
  lock_removed: "锁屏被取消 · screen lock removed", failing: "故障 · failing",
  network: "网络 · Network", stalled: "信号卡住 · Signal stalls", keys: "密钥库 · Key store", battery: "电量 · Battery", clock: "时钟 · Clock",
};
const word = (id) => WORDS[id] ?? id;
const CLOCKS = [["准 · right", 0], ["+90 s", 90], ["−90 s", -90], ["+3 min", 180], ["−3 min", -180], ["+25 h", 90000], ["+73 h", 262800], ["−1 d", -86400]];

function node(name, words, fields = {}) {
  const made = Object.assign(document.createElement(name), fields);
  if (words !== undefined) made.textContent = words;
  return made;
}
function tell(words, refused) {
  $("told").textContent = words;
  $("told").className = refused ? "refused" : "";
}
async function ask(path, body) {
  try {
    const answer = await fetch(`/desk/api/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    const text = await answer.text();
    const said = text.startsWith("{") || answer.ok ? JSON.parse(text) : { happened: text };
    if (!answer.ok) return tell([said.happened, said.act].filter(Boolean).join(": "), true), null;
    tell("好了 · Done");
    await look();
    return said ?? true;
  } catch {
    tell("程序没有回答 · The program does not answer", true);
    return null;
  }
}
function button(words, act, pressed) {
  const made = node("button", words, { type: "button", onclick: act });
  if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
  return made;
}
function choice(label, options, chosen, act) {
  const made = node("label", label);
  const select = node("select");
  if (!options.some(([, value]) => String(value) === String(chosen))) options = [...options, [String(chosen), chosen]];
  for (const [words, value] of options) select.append(node("option", words, { value, selected: String(value) === String(chosen) }));
  select.onchange = () => act(select.value);
  made.append(select);
  return made;
}
// A part is drawn anew only when what it shows is another, so that focus and open lists stay.
function fill(place, parts, key, draw) {
  const before = new Map([...place.children].map((child) => [child.dataset.part, child]));
  const drawn = parts.map((part) => {
    const told = JSON.stringify(part);
    const old = before.get(String(part[key]));
    if (old?.told === told) return old;
    const held = old?.contains(document.activeElement) ? [...old.querySelectorAll("button, select, input")].indexOf(document.activeElement) : -1;
    const made = draw(part);
    made.dataset.part = part[key];
    made.told = told;
    if (held >= 0) queueMicrotask(() => made.querySelectorAll("button, select, input")[held]?.focus());
    return made;
  });
  if (drawn.length !== place.children.length || drawn.some((one, at) => one !== place.children[at])) place.replaceChildren(...drawn);
}
const time = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });

function messageLine(message) {
  const line = node("li");
  line.append(node("span", message.code, { className: "code" }), ` ${message.owner.join("、")} ${message.phone} · ${word(message.channel)} · ${time(message.at)}`);
  return line;
}
function faceLine(phone) {
  const line = node("li");
  const row = node("div", undefined, { className: "row" });
  row.append(node("strong", phone.name));
  for (const outcome of ["pass", "fail", "cancel", "time_out", "wrong_person"]) {
    row.append(button(word(outcome), () => ask("face", { phone: phone.key, outcome })));
  }
  row.append(node("a", "机构的页面 · its page", { href: phone.handoff, target: "_blank", rel: "noopener" }));
  line.append(row);
  return line;
}
function statedLine(stated) {
  const line = node("li");
  const row = node("div", undefined, { className: "row" });
  const words = [stated.name, word(stated.statement), word(stated.by), word(stated.state)];
  if (stated.reason) words.push(stated.reason);
  if (stated.decided_by) words.push(word(stated.decided_by));
  if (stated.withdrawn) words.push("已撤回 · withdrawn");
  row.append(node("span", words.join(" · ")));
  if (stated.state === "waiting_for_approval") {
    const by = choice("第二个人 · Second person", stated.authorities.map((id) => [word(id), id]), "health-commission", () => {});
    const decide = (approve) => ask("decision", { number: stated.number, by: by.querySelector("select").value, approve });
    row.append(by, button("同意 · Approve", () => decide(true)), button("不同意 · Refuse", () => decide(false)));
  } else if (stated.state === "applied" && !stated.withdrawn) {
    row.append(button("撤回 · Withdraw", () => ask("withdrawal", { number: stated.number })));
  }
  line.append(row);
  return line;
}
function surroundings(status, change) {
  const row = node("div", undefined, { className: "row" });
  row.append(
    button(word("network"), () => change({ network: !status.network }), status.network),
    ...("stalled" in status ? [button(word("stalled"), () => change({ stalled: !status.stalled }), status.stalled)] : []),
    choice(word("clock"), CLOCKS, status.clock_ahead, (seconds) => change({ clock_ahead: Number(seconds) })),
  );
  return row;
}
function phoneCard({ phone, moods }) {
  const card = node("article");
  const change = (change) => ask("phone", { phone: phone.key, change });
  const head = node("h3");
  head.append(node("a", phone.name, { href: `/phones/${phone.key}`, target: "_blank" }));
  const more = node("div", undefined, { className: "row" });
  const battery = [100, 50, 9, 3].map((percent) => [`${percent} %`, percent]);
  more.append(
    choice(word("battery"), battery, phone.status.battery, (percent) => change({ battery: Number(percent) })),
    choice(word("keys"), moods.map((mood) => [word(mood), mood]), phone.keys, (mood) => change({ keys: mood })),
  );
  const last = node("div", undefined, { className: "row" });
  last.append(
    button("重启手机 · Reboot", () => change("reboot")),
    button("杀掉程序 · Kill the app", () => change("restart")),
    button("丢失密钥 · Lose the keys", () => change("lose_keys")),
    button("换手机 · Another phone", () => change("another_phone")),
  );
  card.append(head, node("p", `${phone.document} · ${phone.phone}`, { className: "quiet" }), node("p", phone.about, { className: "quiet", lang: "en" }));
  card.append(surroundings(phone.status, change), more, last);
  return card;
}
function options(select, parts) {
  if (select.options.length) return;
  for (const [words, value] of parts) select.append(node("option", words, { value }));
}
async function look() {
  const all = await (await fetch("/desk/api/state")).json();
  const names = Object.fromEntries(all.phones.map((phone) => [phone.key, phone.name]));
  const people = all.phones.map((phone) => [`${phone.name} (${phone.key})`, phone.key]);
  document.querySelectorAll("select[name=person], select[name=card]").forEach((select) => options(select, people));
  options($("state").statement, all.statements.map(({ id, by }) => [`${word(id)} (${word(by)})`, id]));
  fill($("messages"), all.messages.map((message, at) => ({ ...message, part: `${message.at}${at}` })), "part", messageLine);
  const waiting = all.phones.filter((phone) => phone.status.handoff);
  fill($("faces"), waiting.map(({ key, name, status }) => ({ key, name, handoff: status.handoff })), "key", faceLine);
  fill($("stated"), all.stated.map((stated) => ({ ...stated, name: names[stated.person], authorities: all.authorities })), "number", statedLine);
  fill($("collector"), [{ ...all.collector, key: "collector" }], "key", (status) => surroundings(status, (change) => ask("collector", change)));
  fill($("phones"), all.phones.map((phone) => ({ key: phone.key, phone: { ...phone, status: { ...phone.status, message: null, handoff: null } }, moods: all.moods })), "key", phoneCard);
  for (const [id, empty] of [["messages", "还没有 · None yet"], ["faces", "没有人在刷脸 · Nobody is at the face check"], ["stated", "还没有 · None yet"]]) {
    if (!$(id).children.length) $(id).append(node("li", empty, { className: "quiet" }));
  }
}
function form(id, path, done) {
  $(id).onsubmit = async (event) => {
    event.preventDefault();
    const said = await ask(path, Object.fromEntries(new FormData($(id))));
    if (said) done(said);
  };
}
form("state", "statement", (said) => tell(`${word(said.state)}${said.reason ? `: ${said.reason}` : ""}`, said.state === "refused"));
form("login-code", "login-code", (said) => tell(`验证码 · Login code: ${said.code}`));
form("approval", "approval", (said) => tell(`已通过 · Approved: ${said.name} ${said.document}`));
async function follow() {
  if (!document.hidden) await look().catch(() => tell("程序没有回答 · The program does not answer", true));
  setTimeout(follow, 1000);
}
follow();
