// The page, alive: it follows changes, filters as one types, and sets flags without leaving.
// Nothing here is needed for reading and setting. Every text stays text: what the server sends as
// HTML was escaped there, and what is made here is made as text.
'use strict';

const byId = (id) => document.getElementById(id);
const list = byId('list');
const here = new URL(document.body.dataset.here, location.href);

// Shortest time between two readings of the page, and between two announcements.
const PACE = 250;
const SILENCE = 2000;
// Time between two looks at how the sources are doing.
const LOOK = 10_000;

const sleep = (time) => new Promise((done) => { setTimeout(done, time); });

// ---- What is on the page becomes what the server says ----

// Each row as the server last sent it, and those that wait until nobody types in them.
const served = new Map();
const late = new Map();

// Makes `old` equal to `now` and keeps every node that can stay, with its focus.
function become(old, now) {
  if (old.nodeName !== now.nodeName) return void old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) return void (old.nodeValue = now.nodeValue);
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const [before, after] = [[...old.childNodes], [...now.childNodes]];
  if (before.length === after.length) before.forEach((child, nth) => become(child, after[nth]));
  else old.replaceChildren(...after);
}

const current = (row) => row.querySelector('.current dd').textContent;

function edited(field) {
  if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

const fields = (row) => [...row.querySelectorAll('.set [name=value]')];
const typing = (row) => fields(row).some((field) => field === document.activeElement || edited(field));

function settle(row, now) {
  const focused = row.contains(document.activeElement) && document.activeElement.id;
  late.delete(row.dataset.flag);
  become(row, now);
  for (const form of row.querySelectorAll('form')) form.reset();
  // A button that is gone leaves the focus to the field.
  if (focused && !row.contains(document.activeElement)) (byId(focused) ?? fields(row).pop() ?? row).focus();
}

// Renews a row; where someone types, only what is around the control, and says what came meanwhile.
function renew(row, now, done) {
  const name = row.dataset.flag;
  const html = now.outerHTML;
  if (served.get(name) === html && !done) return;
  served.set(name, html);
  const changed = current(row) !== current(now);
  if (done || !typing(row)) {
    settle(row, now);
  } else {
    late.set(name, now.cloneNode(true));
    for (const part of ['.about', '.facts']) {
      become(row.querySelector(part), now.querySelector(part));
    }
    if (changed) byId(`meanwhile-${name}`).textContent = `Changed meanwhile to: ${current(row)}`;
  }
  if (changed) {
    row.classList.remove('fresh');
    void row.offsetWidth; // the animation begins anew
    row.classList.add('fresh');
  }
}

list.addEventListener('focusout', ({ target }) => {
  const row = target.closest('[data-flag]');
  setTimeout(() => {
    const now = row && late.get(row.dataset.flag);
    if (now && !typing(row)) settle(row, now);
  });
});

async function read(address) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' }, cache: 'no-store' });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  page.querySelectorAll('noscript').forEach((element) => element.remove());
  return page;
}

function showState(page) {
  become(byId('state'), page.getElementById('state'));
  become(byId('choices'), page.getElementById('choices'));
  byId('token').hidden = !('token' in byId('state').dataset);
  age();
}

function showRows(page, done) {
  const rows = new Map([...list.children].map((row) => [row.dataset.flag, row]));
  let place = list.firstElementChild;
  for (const now of [...page.getElementById('list').children]) {
    const name = now.dataset.flag;
    const row = rows.get(name);
    rows.delete(name);
    if (row) {
      renew(row, now, name === done);
      place = row.nextElementSibling;
    } else {
      served.set(name, now.outerHTML);
      list.insertBefore(now, place);
    }
  }
  for (const [name, row] of rows) {
    if (name !== done && typing(row)) continue;
    served.delete(name);
    row.remove();
  }
  filter();
}

// One reading after the other, so that an older one never hides a newer one.
let reading = Promise.resolve();

// Reads the whole page anew. The control of the flag `done` is renewed whatever stands in it.
function refresh(done) {
  reading = reading.catch(() => {}).then(async () => {
    const page = await read(here);
    showState(page);
    showRows(page, done);
  });
  return reading;
}

let awaited = false;
let pace = PACE;

// Reads the page soon, once for all that happens until then; seldom where a reading takes long.
async function soon() {
  if (awaited) return;
  awaited = true;
  await sleep(pace);
  awaited = false;
  const start = performance.now();
  await refresh().catch(console.error); // the events will tell that the connection is lost
  pace = Math.max(PACE, 5 * (performance.now() - start));
}

// ---- Events ----

function connection(live, words) {
  const shown = byId('connection');
  if (shown.textContent !== words) shown.textContent = words;
  shown.dataset.live = live;
}

function listen() {
  const events = new EventSource(document.body.dataset.events);
  let lost = false;
  events.addEventListener('state', ({ data }) => {
    connection('yes', 'Live');
    if (lost || String(JSON.parse(data).generation) !== byId('state').dataset.generation) soon();
    lost = false;
  });
  events.addEventListener('publish', ({ data }) => {
    tell(JSON.parse(data).flags.map(({ name }) => name));
    soon();
  });
  events.addEventListener('source', soon);
  events.addEventListener('error', () => {
    lost = true;
    connection('no', 'Connection lost; trying again');
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  });
}

// No event tells that a source looked and found nothing new.
setInterval(async () => {
  if (document.hidden) return;
  const alone = new URL(here);
  alone.search = '?name=--'; // no flag has such a name
  const { generation } = byId('state').dataset;
  try {
    const page = await read(alone);
    if (page.getElementById('state').dataset.generation === generation) showState(page);
    else soon();
  } catch {
    // The events tell that the connection is lost.
  }
}, LOOK);

const news = new Set();
let silent = false;

// Announces changes politely: all that happens within some time in one sentence.
async function tell(names) {
  names.forEach((name) => news.add(name));
  if (silent) return;
  silent = true;
  await sleep(SILENCE);
  silent = false;
  const [first, ...more] = news;
  news.clear();
  const row = byId(`flag-${first}`);
  const value = row ? ` to ${current(row)}` : '';
  byId('told').textContent = more.length === 0
    ? `${first} changed${value}`
    : `${more.length + 1} flags changed: ${[first, ...more].slice(0, 3).join(', ')}${more.length > 2 ? ' and others' : ''}`;
}

// ---- Times ----

function age() {
  for (const time of document.querySelectorAll('time')) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
    const [size, unit] = [[86_400, 'd'], [3600, 'h'], [60, 'min']].find(([size]) => seconds >= size) ?? [1, 's'];
    time.dataset.ago = `${Math.floor(seconds / size)} ${unit} ago`;
  }
}

setInterval(age, 1000);

// ---- The filter ----

const q = byId('q');
const byName = here.searchParams.has('name');

function filter() {
  if (byName) return;
  const text = q.value.trim().toLowerCase();
  let shown = 0;
  for (const row of list.children) {
    const words = row.dataset.flag + '\n' + (row.querySelector('.help')?.textContent ?? '');
    row.hidden = !words.toLowerCase().includes(text);
    shown += !row.hidden;
  }
  const all = byId('choices').querySelector('.count').textContent;
  const words = `${shown} of ${all} shown`;
  if (byId('shown').textContent !== words) byId('shown').textContent = words;
  for (const link of byId('choices').querySelectorAll('a')) link.href = withText(link.href, text);
}

function withText(address, text) {
  const url = new URL(address);
  if (text) url.searchParams.set('q', text);
  else url.searchParams.delete('q');
  return url;
}

q.addEventListener('input', () => {
  filter();
  if (!byName) history.replaceState(null, '', withText(here.href, q.value.trim()));
});

byId('filter').addEventListener('submit', (event) => {
  if (!byName) event.preventDefault();
});

// ---- Setting ----

const token = byId('token-field');
const key = `dflag-token ${new URL(document.body.dataset.home, location.href).pathname}`;

try {
  token.value = sessionStorage.getItem(key) ?? '';
  token.addEventListener('input', () => sessionStorage.setItem(key, token.value));
} catch {
  // Without a storage the field itself keeps it.
}

async function send(form) {
  const headers = { Accept: 'application/json', 'X-Dflag': 'page' };
  if (token.value && !byId('token').hidden) headers.Authorization = `Bearer ${token.value}`;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: 'POST', headers, body });
  if (answer.ok) return null;
  return answer.json().catch(() => ({ error: `${answer.status} ${answer.statusText}`, problems: [] }));
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.id === 'token') event.preventDefault();
  if (!form.matches('.set, .clear')) return;
  event.preventDefault();
  if (form.ariaBusy) return;
  form.ariaBusy = 'true';
  const name = form.closest('[data-flag]').dataset.flag;
  let rejection;
  try {
    rejection = await send(form);
  } catch (error) {
    rejection = { error: `Not sent: ${error.message}`, problems: [] };
  }
  form.removeAttribute('aria-busy');
  if (!rejection) {
    await refresh(name).catch(soon);
    tell([name]);
    return;
  }
  const field = byId(`value-${name}`);
  if (!field) return; // setting was turned off meanwhile
  const mine = rejection.problems.filter((wrong) => wrong.name === name).map((wrong) => wrong.message);
  byId(`error-${name}`).textContent = mine.join('; ') || rejection.error;
  if (mine.length > 0) field.ariaInvalid = 'true';
  else field.removeAttribute('aria-invalid');
  if (field.type === 'password') field.value = '';
  field.focus();
});

// ---- The beginning ----

document.querySelectorAll('noscript').forEach((element) => element.remove());
for (const row of list.children) served.set(row.dataset.flag, row.outerHTML);
byId('token').hidden = !('token' in byId('state').dataset);
age();
if (q.value && !byName) refresh().catch(soon);
listen();
