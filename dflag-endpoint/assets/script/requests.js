
// ---- Requests ----

// A browser has about six connections to a host, and the event stream of each visible page holds one. A request that gets
// no answer within this time may wait for one, so the pages let go of their streams for a while.
let patience = 1000;
// A request without an answer is withdrawn then. If the browser has not sent it yet, it never does.
const TIMEOUT = 10_000;

const pages = new BroadcastChannel(`dflag ${new URL(listPath, location.href).pathname}`);
pages.addEventListener('message', () => releaseEvents());

// The answer's status and text.
async function request(url, options) {
  const timeout = new AbortController();
  const timers = [
    setTimeout(() => { releaseEvents(); pages.postMessage('release'); }, patience),
    setTimeout(() => timeout.abort(new DOMException(`no answer within ${TIMEOUT / 1000} s`, 'TimeoutError')), TIMEOUT),
  ];
  const start = performance.now();
  try {
    const response = await fetch(url, { ...options, cache: 'no-store', signal: timeout.signal });
    return { ok: response.ok, status: `${response.status} ${response.statusText}`, text: await response.text() };
  } finally {
    timers.forEach(clearTimeout);
    if (performance.now() - start > patience) learnPatience(url);
    performance.clearResourceTimings();
  }
}

// A request that was sent at once and is answered late says that the network is slow, and not that connections are rare.
function learnPatience(url) {
  const timing = performance.getEntriesByName(new URL(url, location.href).href).pop();
  const wait = timing ? timing.requestStart - timing.startTime : Infinity;
  if (wait < patience / 2) patience = Math.min(2 * patience, TIMEOUT / 2);
}

async function fetchPage(url) {
  const { ok, status, text } = await request(url, { headers: { Accept: 'text/html' } });
  if (!ok) throw new Error(status);
  const page = new DOMParser().parseFromString(text, 'text/html');
  page.querySelectorAll('noscript').forEach((element) => element.remove());
  // The server opens a row that is alone. Here it is the same row, which the reader has opened or not.
  page.querySelectorAll('#list details[open]').forEach((element) => element.removeAttribute('open'));
  return page;
}

// Sends an edit: a form's fields, or JSON. Returns the rejection, or null if the edit was applied.
async function send(url, body) {
  if (!byId('token').hidden && !token.value) {
    return { error: 'Not sent, since no token was typed. The field “Token for setting flags” is above the list.', problems: [] };
  }
  const headers = { Accept: 'application/json', 'X-Dflag': 'page' };
  if (token.value && !byId('token').hidden) headers.Authorization = `Bearer ${token.value}`;
  if (typeof body === 'string') headers['Content-Type'] = 'application/json';
  try {
    const { ok, status, text } = await request(url, { method: 'POST', headers, body });
    if (ok) return null;
    return parseJson(text) ?? { error: status, problems: [] };
  } catch (error) {
    scheduleRefresh();
    const what = error.name === 'TimeoutError'
      ? 'It is not known whether this was applied. The page reads the flags again; look before you try again'
      : 'Not sent, or not answered';
    return { error: `${what}: ${error.message}`, problems: [] };
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
