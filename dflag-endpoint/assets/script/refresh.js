
// ---- Reading the flags again ----

// Shortest time between two refreshes.
const REFRESH_INTERVAL = 250;
// Time between two polls of what no event reports.
const POLL_INTERVAL = 10_000;
// With so many changed flags that their names make a longer address than this, everything is read. The server takes
// addresses of 8 KiB.
const LONGEST_ADDRESS = 6000;

function updateSummary(page) {
  morphKeepingDetails(byId('summary'), page.getElementById('summary'));
  // The links are those of this page, and the counts those of all flags.
  const counts = page.querySelectorAll('#filters .count');
  byId('filters').querySelectorAll('.count').forEach((count, index) => { count.textContent = counts[index].textContent; });
  showTokenField();
  updateAges();
}

// Refreshes run one after the other, so that an older response never replaces a newer one.
let lastRefresh = Promise.resolve();

// Reads the flags `names`, or else all of the page. The flags `edited` get fresh controls.
function refresh(edited, names) {
  lastRefresh = lastRefresh.catch(() => {}).then(async () => {
    const partUrl = names && !isByName ? withNames(names) : pageUrl;
    const isPart = partUrl !== pageUrl && partUrl.href.length <= LONGEST_ADDRESS;
    const page = await fetchPage(isPart ? partUrl : pageUrl);
    const items = [...page.getElementById('list').children];
    if (isPart && !updatePart(items, names, edited)) {
      const all = await fetchPage(pageUrl);
      updateSummary(all);
      updateRows([...all.getElementById('list').children], edited);
      return;
    }
    updateSummary(page);
    if (!isPart) updateRows(items, edited);
  });
  return lastRefresh;
}

// Updates the rows of some flags. Returns false if the page lacks one, whose place is not known.
function updatePart(items, names, edited) {
  const flags = items.filter((item) => item.dataset.flag);
  if (flags.some(({ dataset }) => !rowOf(dataset.flag))) return false;
  const rest = new Set(names);
  for (const now of flags) {
    rest.delete(now.dataset.flag);
    updateRow(rowOf(now.dataset.flag), now, edited?.includes(now.dataset.flag));
  }
  // They do not meet the conditions of this page any more.
  for (const name of rest) if (rowOf(name)) removeRow(rowOf(name), edited);
  applyFilter();
  return true;
}

function withNames(names, page = pageUrl) {
  const url = new URL(page, location.href);
  for (const name of names) url.searchParams.append('name', name);
  return url;
}

let isRefreshScheduled = false;
let nextRefresh = 0;
// The flags to read; null for all.
let changed = new Set();

// Schedules one refresh for all events until then. It is at once if the last one was a while ago, and the interval grows
// if refreshing is slow.
async function scheduleRefresh(names) {
  if (!names) changed = null;
  else names.forEach((name) => changed?.add(name));
  if (isRefreshScheduled) return;
  isRefreshScheduled = true;
  await sleep(Math.max(0, nextRefresh - performance.now()));
  isRefreshScheduled = false;
  const now = changed && [...changed];
  changed = new Set();
  const start = performance.now();
  nextRefresh = start + REFRESH_INTERVAL;
  try {
    await refresh(undefined, now);
    nextRefresh = Math.max(nextRefresh, performance.now() + 4 * (performance.now() - start));
  } catch (error) {
    // The event stream reports a lost connection. If there is none, no other event tells of these flags.
    console.error(error);
    nextRefresh = performance.now() + PAUSE;
    if (!document.hidden) scheduleRefresh(now);
  }
}

// No event reports a scan that found nothing new. What events do report is read after them, and only what has changed.
async function poll() {
  const url = new URL(pageUrl);
  url.search = '?name=--'; // matches no flag
  const { generation } = byId('summary').dataset;
  try {
    const page = await fetchPage(url);
    if (page.getElementById('summary').dataset.generation === generation) updateSummary(page);
    else if (byId('connection').dataset.live !== 'yes') scheduleRefresh();
  } catch {
    // The event stream reports a lost connection.
  }
}

setInterval(() => { if (!document.hidden) poll(); }, POLL_INTERVAL);
