
// ---- Events ----

// Time until a page that has let go of its stream follows the events again.
const PAUSE = 5000;
// Shortest time between two announcements.
const ANNOUNCE_INTERVAL = 2000;

let events = null;
let pause = 0;
let isLost = false;

function showConnection(live, text) {
  const connection = byId('connection');
  if (connection.textContent !== text) connection.textContent = text;
  connection.dataset.live = live;
  document.body.dataset.live = live;
}

function followEvents() {
  clearTimeout(pause);
  events?.close();
  const stream = new EventSource(eventsUrl);
  events = stream;
  let isLive = false;
  stream.addEventListener('state', ({ data }) => {
    showConnection('yes', 'Live');
    // Another one on the same connection says that no event told of a change.
    const isFirst = !isLive;
    isLive = true;
    if (isLost || !isFirst || String(JSON.parse(data).generation) !== byId('summary').dataset.generation) scheduleRefresh();
    isLost = false;
  });
  stream.addEventListener('publish', ({ data }) => {
    const names = JSON.parse(data).flags.map(({ name }) => name);
    announce(names);
    scheduleRefresh(names);
  });
  stream.addEventListener('source', () => scheduleRefresh());
  stream.addEventListener('error', async () => {
    isLost = true;
    isLive = false;
    if (stream.readyState !== EventSource.CLOSED) return showConnection('no', 'Connection lost, reconnecting');
    if (await isBusy()) {
      showConnection('no', 'No live updates: too many clients follow. Reading every few seconds');
      scheduleRefresh();
    } else {
      showConnection('no', 'Connection lost, reconnecting');
    }
    if (events === stream) pause = setTimeout(followEvents, PAUSE);
  });
}

// Whether the server answers, but has no place for another client that follows the events: an `EventSource` does not
// say why it failed.
async function isBusy() {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PAUSE);
  try {
    const response = await fetch(eventsUrl, { signal: abort.signal, cache: 'no-store' });
    return response.status === 429;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

// Lets go of the stream, whose connection another request needs, and follows the events again a little later.
function releaseEvents() {
  if (!events) return;
  stopEvents();
  showConnection('paused', 'No live updates for a moment: the browser needs the connection');
  pause = setTimeout(followEvents, PAUSE + PAUSE * Math.random());
}

function stopEvents() {
  clearTimeout(pause);
  events?.close();
  events = null;
  isLost = true;
}

// A page that nobody sees needs no events.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    stopEvents();
    showConnection('paused', 'Paused while hidden');
  } else if (!events) {
    followEvents();
  }
});

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
  const row = rowOf(first);
  const value = row ? ` to ${currentValue(row)}` : '';
  byId('announcement').textContent = more.length === 0
    ? `${first} changed${value}`
    : `${more.length + 1} flags changed: ${[first, ...more].slice(0, 3).join(', ')}${more.length > 2 ? ' and others' : ''}`;
}
