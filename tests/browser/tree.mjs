// What a screen reader is to find for each widget, and what it does find: the accessibility tree of the glass
// against the screen of the core.

/** The few words that the glass itself says. */
const WORDS = {
  'zh-Hans': { back: '返回', save: '保存' },
  'zh-Hant': { back: '返回', save: '儲存' },
  en: { back: 'Back', save: 'Save' },
};

/** What a person can operate. */
const OPERABLE = [
  'button', 'link', 'textbox', 'radio', 'checkbox', 'switch', 'Date', 'combobox', 'listbox', 'slider', 'DisclosureTriangle',
];

const plain = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const said = (widget) => widget.spoken ?? widget.label;
const words = (text) => ({ role: 'StaticText', name: text });
const paragraphs = (text) => text.split(/\n\s*\n/).map(words);

/** A node that also says what is told beside it, and whether it is in trouble or cannot be used. */
function told(role, widget, more = {}) {
  const beside = [widget.hint, widget.why_not, widget.error].filter(Boolean);
  return { role, name: said(widget), beside, invalid: Boolean(widget.error), ...more };
}

const button = (widget) => told('button', widget, { disabled: Boolean(widget.why_not), invalid: false });
const press = (action) => ({ role: 'button', name: action.label });
const facts = (parts) => parts.flatMap(({ name, value, age }) => [words(name), words(value), ...(age ? [words(age)] : [])]);

/** What there is to be of each kind of widget, in the order of reading. */
const KINDS = {
  heading: (w) => [{ role: 'heading', name: said(w) }],
  text: (w) => [words(said(w))],
  long_text: (w) => paragraphs(said(w)),
  key_value: (w) => [words(w.label), words(w.spoken ?? w.value)],
  notice: (w) => [
    { role: w.tone === 'trouble' ? 'alert' : 'note', name: null }, words(said(w)), words(w.act),
    ...(w.way_out ? [press(w.way_out)] : []),
  ],
  field: (w) => [told('textbox', w)],
  date: (w) => [told('Date', w)],
  choice: (w) => [
    told('group', w),
    ...w.path.map(press),
    ...(w.searchable ? [{ role: 'textbox', name: w.label }] : []),
    ...w.options.map((option) => ({
      role: w.several ? 'checkbox' : 'radio', name: option.label, checked: w.chosen.includes(option.id),
    })),
  ],
  consent: (w) => [{ role: 'group', name: said(w) }, ...paragraphs(w.text), ...(w.hint ? [words(w.hint)] : [])],
  switch: (w) => [told('switch', w, { checked: w.on })],
  button: (w) => [button(w)],
  link: (w) => [
    told('link', w), ...[w.target.hours, w.target.text_alternative].filter(Boolean).map(words),
  ],
  code_card: (w) => [{ role: 'group', name: said(w) }, ...w.reading_order.map(words)],
  qr: (w) => [{ role: 'image', name: said(w) }],
  section: (w, screen) => [
    { role: w.widgets.every(({ kind }) => kind === 'button') ? 'group' : 'region', name: said(w) },
    ...w.widgets.flatMap((inner) => wanted(inner, screen)),
  ],
  list: (w) => [
    { role: 'list', name: w.label },
    ...w.rows.flatMap(({ title, detail, status, action }) => {
      const parts = [title, detail, status, action].filter(Boolean);
      return action ? [{ role: 'button', name: parts.join(' ') }] : parts.map(words);
    }),
    ...(w.more ? [{ role: 'button', name: null }] : []),
  ],
  tiles: (w) => [{ role: 'region', name: w.label }, ...facts(w.tiles)],
  sheet: (w) => [
    { role: 'alertdialog', name: said(w), beside: [w.text] }, press(w.confirm), press(w.dismiss),
  ],
  progress: (w) => [{ role: 'status', name: null }, words(said(w)), ...(w.cancel ? [press(w.cancel)] : [])],
  countdown: (w) => [{ role: 'timer', name: null }, words(w.label)],
  handoff: (w) => [
    words(said(w)), ...(w.hint ? [words(w.hint)] : []),
    ...(w.waiting ? [{ role: 'link', name: w.provider }] : []),
  ],
  verdict: (w) => [{ role: 'region', name: said(w) }, { role: 'heading', name: said(w) }, words(w.say), words(w.act)],
  scanner: (w) => [words(said(w)), ...[w.hint, w.why_not].filter(Boolean).map(words)],
  picture_picker: (w) => [words(said(w))],
  totals: (w) => [{ role: 'region', name: w.label }, ...facts(w.totals)],
  chart: (w) => [{ role: 'region', name: w.label }, ...facts(w.points)],
  document: (w, screen) => [words(said(w)), { role: 'link', name: WORDS[screen.language].save }],
};

function wanted(widget, screen) {
  const kind = KINDS[widget.kind];
  if (!kind) throw new Error(`no trace had a ${widget.kind} before: say here what a screen reader is to find for it`);
  return kind(widget, screen);
}

/** All that a screen reader is to find on this screen; a sheet hides everything else. */
export function expected(screen) {
  const sheet = screen.widgets.find(({ kind }) => kind === 'sheet');
  const back = screen.back === 'leave' ? [] : [{ role: 'button', name: WORDS[screen.language].back }];
  const widgets = sheet ? [sheet] : screen.widgets;
  return [...back, { role: 'heading', name: screen.title }, ...widgets.flatMap((widget) => wanted(widget, screen))];
}

/** The accessibility tree of the glass in the order of reading, without what is ignored. */
export async function tree(session) {
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const by = new Map(nodes.map((node) => [node.nodeId, node]));
  const found = [];
  const walk = (node) => {
    const role = node.role?.value ?? '';
    if (role === 'complementary') return;
    if (!node.ignored && role !== 'InlineTextBox') {
      const property = (name) => node.properties?.find((one) => one.name === name)?.value?.value;
      found.push({
        role,
        name: plain(node.name?.value),
        ...(node.description?.value && { description: plain(node.description.value) }),
        ...(property('checked') !== undefined && { checked: String(property('checked')) === 'true' }),
        ...(property('disabled') && { disabled: true }),
        ...(String(property('invalid') ?? 'false') !== 'false' && { invalid: true }),
      });
    }
    if (role === 'Date') return;
    for (const id of node.childIds ?? []) if (by.has(id)) walk(by.get(id));
  };
  walk(nodes.find((node) => !node.parentId));
  return found;
}

function fits(node, want) {
  return node.role === want.role
    && (want.name === null || node.name === plain(want.name))
    && (want.beside ?? []).every((text) => (node.description ?? '').includes(plain(text)))
    && (want.checked === undefined || node.checked === want.checked)
    && (want.disabled === undefined || Boolean(node.disabled) === want.disabled)
    && (want.invalid === undefined || Boolean(node.invalid) === want.invalid);
}

/** What is missing, wrong, in the wrong order, or there although nobody asked for it. */
export function faultsOf(screen, nodes) {
  const faults = [];
  const wants = expected(screen);
  let at = 0;
  for (const want of wants) {
    const found = nodes.findIndex((node, index) => index >= at && fits(node, want));
    if (found < 0) faults.push(`nothing is ${JSON.stringify(want)}`);
    else at = found + 1;
  }
  const operable = nodes.filter(({ role }) => OPERABLE.includes(role));
  const asked = wants.filter(({ role }) => OPERABLE.includes(role)).length;
  if (operable.length !== asked) {
    faults.push(`${operable.length} things to operate instead of ${asked}: ${operable.map(({ role, name }) => `${role} “${name}”`).join(', ')}`);
  }
  for (const { role } of operable.filter(({ name }) => !name)) faults.push(`a ${role} has no name`);
  const spoken = screen.announcements.join(' ');
  if (spoken && !nodes.some(({ name }) => name.includes(plain(spoken)))) faults.push(`nothing announces “${spoken}”`);
  return faults;
}
