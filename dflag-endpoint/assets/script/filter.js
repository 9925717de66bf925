
// ---- Filtering ----

const q = byId('q');
const isByName = pageUrl.searchParams.has('name');

function searchedText(row) {
  const value = 'secret' in row.dataset ? '' : currentValue(row);
  return `${row.dataset.flag}\n${row.querySelector('.help')?.textContent ?? ''}\n${value}`.toLowerCase();
}

function applyFilter() {
  if (isByName) return;
  const text = q.value.trim().toLowerCase();
  let count = 0;
  let heading = null;
  for (const item of list.children) {
    if (item.dataset.flag) {
      item.hidden = !searchedText(item).includes(text);
      count += !item.hidden;
      if (heading && !item.hidden) heading.hidden = false;
    } else {
      heading = item;
      heading.hidden = true;
    }
  }
  const all = byId('filters').querySelector('.count').textContent;
  const message = `${count} of ${all} shown`;
  if (byId('match-count').textContent !== message) byId('match-count').textContent = message;
  byId('no-match').hidden = count > 0;
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

document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input, textarea, select, dialog');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  q.focus();
  q.select();
});
