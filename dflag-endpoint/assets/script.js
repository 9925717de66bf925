// Keeps the open page current, filters while typing, and edits flags without leaving the page.
// The page works without this script. All text is inserted as text: the server has escaped what it
// sends as HTML, and what is created here is created as text.
'use strict';

const byId = (id) => document.getElementById(id);
const list = byId('list');
const pageUrl = new URL(document.body.dataset.pageUrl, location.href);

// Shortest time between two refreshes, and between two announcements, in milliseconds.
const REFRESH_INTERVAL = 250;
const ANNOUNCE_INTERVAL = 2000;
// Time between two polls of the sources' status.
const POLL_INTERVAL = 10_000;

const sleep = (time) => new Promise((done) => { setTimeout(done, time); });

// ---- Updating the page from the server's HTML ----

// The HTML of each row as the server last sent it.
const serverHtml = new Map();
// Rows to be updated once nobody edits them any more.
const deferred = new Map();

// Makes `old` equal to `now`, and keeps nodes where possible so that they keep the focus.
function morph(old, now) {
  if (old.nodeName !== now.nodeName) return void old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) return void (old.nodeValue = now.nodeValue);
  for (const { name } of [...old.attributes]) {
    // `open` is the reader's: the server sends all details closed.
    if (name !== 'open' && !now.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const [before, after] = [[...old.childNodes], [...now.childNodes]];
  if (before.length === after.length) before.forEach((child, index) => morph(child, after[index]));
  else old.replaceChildren(...after);
}

const currentValue = (row) => row.querySelector('.current dd').textContent;

function isEdited(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

const fields = (row) => [...row.querySelectorAll('.set [name=value]')];
const isBeingEdited = (row) => [...row.querySelectorAll('.set [name=value], .set [name=expires_in], .set [name=reason]')].some((field) => field === document.activeElement || isEdited(field));

function replaceRow(row, now) {
  const focused = row.contains(document.activeElement) && document.activeElement.id;
  deferred.delete(row.dataset.flag);
  morph(row, now);
  for (const form of row.querySelectorAll('form')) form.reset();
  // If the focused button is gone, the focus moves to the field.
  if (focused && !row.contains(document.activeElement)) (byId(focused) ?? fields(row).pop() ?? row).focus();
}

// Updates a row. While it is being edited, its control stays and a notice shows the new value.
// `force` updates the control, too.
function updateRow(row, now, force) {
  const name = row.dataset.flag;
  const html = now.outerHTML;
  if (serverHtml.get(name) === html && !force) return;
  serverHtml.set(name, html);
  const isChanged = currentValue(row) !== currentValue(now);
  if (force || !isBeingEdited(row)) {
    replaceRow(row, now);
  } else {
    deferred.set(name, now.cloneNode(true));
    for (const part of ['.about', '.facts']) {
      morph(row.querySelector(part), now.querySelector(part));
    }
    if (isChanged) byId(`notice-${name}`).textContent = `Meanwhile changed to: ${currentValue(row)}`;
  }
  if (isChanged) {
    row.classList.remove('highlight');
    void row.offsetWidth; // restarts the animation
    row.classList.add('highlight');
  }
}

list.addEventListener('focusout', ({ target }) => {
  const row = target.closest('[data-flag]');
  setTimeout(() => {
    const now = row && deferred.get(row.dataset.flag);
    if (now && !isBeingEdited(row)) replaceRow(row, now);
  });
});

async function fetchPage(url) {
  const response = await fetch(url, { headers: { Accept: 'text/html' }, cache: 'no-store' });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  page.querySelectorAll('noscript').forEach((element) => element.remove());
  return page;
}

function updateSummary(page) {
  morph(byId('summary'), page.getElementById('summary'));
  morph(byId('filters'), page.getElementById('filters'));
  showTokenField();
  updateAges();
}

function updateRows(page, edited) {
  const rows = new Map([...list.children].map((row) => [row.dataset.flag, row]));
  let next = list.firstElementChild;
  for (const now of [...page.getElementById('list').children]) {
    const name = now.dataset.flag;
    const row = rows.get(name);
    rows.delete(name);
    if (row) {
      updateRow(row, now, name === edited);
      next = row.nextElementSibling;
    } else {
      serverHtml.set(name, now.outerHTML);
      list.insertBefore(now, next);
    }
  }
  for (const [name, row] of rows) {
    if (name !== edited && isBeingEdited(row)) continue;
    serverHtml.delete(name);
    row.remove();
  }
  applyFilter();
}

// Refreshes run one after the other, so that an older response never replaces a newer one.
let lastRefresh = Promise.resolve();

// Fetches the page and updates everything. The flag `edited` gets a fresh control, even if its
// field has unsaved text.
function refresh(edited) {
  lastRefresh = lastRefresh.catch(() => {}).then(async () => {
    const page = await fetchPage(pageUrl);
    updateSummary(page);
    updateRows(page, edited);
  });
  return lastRefresh;
}

let isRefreshScheduled = false;
let refreshInterval = REFRESH_INTERVAL;

// Schedules one refresh for all events until then. The interval grows if refreshing is slow.
async function scheduleRefresh() {
  if (isRefreshScheduled) return;
  isRefreshScheduled = true;
  await sleep(refreshInterval);
  isRefreshScheduled = false;
  const start = performance.now();
  await refresh().catch(console.error); // the event stream reports a lost connection
  refreshInterval = Math.max(REFRESH_INTERVAL, 5 * (performance.now() - start));
}

// ---- Events ----

function showConnection(live, text) {
  const connection = byId('connection');
  if (connection.textContent !== text) connection.textContent = text;
  connection.dataset.live = live;
}

function followEvents() {
  const events = new EventSource(document.body.dataset.eventsUrl);
  let isLost = false;
  events.addEventListener('state', ({ data }) => {
    showConnection('yes', 'Live');
    if (isLost || String(JSON.parse(data).generation) !== byId('summary').dataset.generation) scheduleRefresh();
    isLost = false;
  });
  events.addEventListener('publish', ({ data }) => {
    announce(JSON.parse(data).flags.map(({ name }) => name));
    scheduleRefresh();
  });
  events.addEventListener('source', scheduleRefresh);
  events.addEventListener('error', () => {
    isLost = true;
    showConnection('no', 'Connection lost, reconnecting');
    if (events.readyState === EventSource.CLOSED) setTimeout(followEvents, 5000);
  });
}

// No event reports a scan that found nothing new.
setInterval(async () => {
  if (document.hidden) return;
  const summaryUrl = new URL(pageUrl);
  summaryUrl.search = '?name=--'; // matches no flag
  const { generation } = byId('summary').dataset;
  try {
    const page = await fetchPage(summaryUrl);
    if (page.getElementById('summary').dataset.generation === generation) updateSummary(page);
    else scheduleRefresh();
  } catch {
    // The event stream reports a lost connection.
  }
}, POLL_INTERVAL);

const changedNames = new Set();
let isAnnouncing = false;

// Announces changes to screen readers, all changes of an interval in one sentence.
async function announce(names) {
  names.forEach((name) => changedNames.add(name));
  if (isAnnouncing) return;
  isAnnouncing = true;
  await sleep(ANNOUNCE_INTERVAL);
  isAnnouncing = false;
  const [first, ...more] = changedNames;
  changedNames.clear();
  const row = byId(`flag-${first}`);
  const value = row ? ` to ${currentValue(row)}` : '';
  byId('announcement').textContent = more.length === 0
    ? `${first} changed${value}`
    : `${more.length + 1} flags changed: ${[first, ...more].slice(0, 3).join(', ')}${more.length > 2 ? ' and others' : ''}`;
}

// ---- Times ----

// Seconds in the largest unit of which there are `least`.
function about(seconds, least) {
  const [size, unit] = [[86_400, 'd'], [3600, 'h'], [60, 'min']].find(([size]) => seconds >= least * size) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

function updateAges() {
  for (const time of document.querySelectorAll('time')) {
    const seconds = Math.round((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.classList.contains('until')) time.textContent = `in ${about(Math.max(0, -seconds), 2)}`;
    else time.dataset.ago = `${about(Math.max(0, seconds), 1)} ago`;
  }
}

setInterval(updateAges, 1000);

// ---- Filtering ----

const q = byId('q');
const isByName = pageUrl.searchParams.has('name');

function applyFilter() {
  if (isByName) return;
  const text = q.value.trim().toLowerCase();
  let count = 0;
  for (const row of list.children) {
    const searched = row.dataset.flag + '\n' + (row.querySelector('.help')?.textContent ?? '');
    row.hidden = !searched.toLowerCase().includes(text);
    count += !row.hidden;
  }
  const all = byId('filters').querySelector('.count').textContent;
  const message = `${count} of ${all} shown`;
  if (byId('match-count').textContent !== message) byId('match-count').textContent = message;
  for (const link of byId('filters').querySelectorAll('a')) link.href = withText(link.href, text);
}

function withText(address, text) {
  const url = new URL(address);
  if (text) url.searchParams.set('q', text);
  else url.searchParams.delete('q');
  return url;
}

q.addEventListener('input', () => {
  applyFilter();
  if (!isByName) history.replaceState(null, '', withText(pageUrl.href, q.value.trim()));
});

byId('search').addEventListener('submit', (event) => {
  if (!isByName) event.preventDefault();
});

// ---- Editing ----

const token = byId('token-field');
const tokenKey = `dflag-token ${new URL(document.body.dataset.listUrl, location.href).pathname}`;

function showTokenField() {
  byId('token').hidden = !('needsToken' in byId('summary').dataset);
}

try {
  token.value = sessionStorage.getItem(tokenKey) ?? '';
  token.addEventListener('input', () => sessionStorage.setItem(tokenKey, token.value));
} catch {
  // Without storage, only the field keeps the token.
}

// Submits the form; returns the rejection, or null if the edit was applied.
async function submit(form) {
  const headers = { Accept: 'application/json', 'X-Dflag': 'page' };
  if (token.value && !byId('token').hidden) headers.Authorization = `Bearer ${token.value}`;
  const body = new URLSearchParams(new FormData(form));
  const response = await fetch(form.action, { method: 'POST', headers, body });
  if (response.ok) return null;
  return response.json().catch(() => ({ error: `${response.status} ${response.statusText}`, problems: [] }));
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
    rejection = await submit(form);
  } catch (error) {
    rejection = { error: `Not sent: ${error.message}`, problems: [] };
  }
  form.removeAttribute('aria-busy');
  if (!rejection) {
    await refresh(name).catch(scheduleRefresh);
    announce([name]);
    return;
  }
  const field = byId(`value-${name}`);
  if (!field) return; // setting was turned off in the meantime
  const messages = rejection.problems.filter((problem) => [problem.name, problem.other_name].includes(name)).map((problem) => problem.message);
  byId(`error-${name}`).textContent = messages.join('; ') || rejection.error;
  if (messages.length > 0) field.ariaInvalid = 'true';
  else field.removeAttribute('aria-invalid');
  if (field.type === 'password') field.value = '';
  field.focus();
});

// ---- Start ----

document.querySelectorAll('noscript').forEach((element) => element.remove());
for (const row of list.children) serverHtml.set(row.dataset.flag, row.outerHTML);
showTokenField();
updateAges();
if (q.value && !isByName) refresh().catch(scheduleRefresh);
followEvents();
