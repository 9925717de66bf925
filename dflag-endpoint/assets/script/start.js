// Keeps the open page current, filters while typing, and edits flags without leaving the page.
// The page works without this script. All text is inserted as text: the server has escaped what it
// sends as HTML, and what is created here is created as text.
'use strict';

const byId = (id) => document.getElementById(id);
const list = byId('list');
const { pageUrl: pagePath, listUrl: listPath, eventsUrl, setUrl } = document.body.dataset;
const pageUrl = new URL(pagePath, location.href);

// All times are in milliseconds.
const sleep = (time) => new Promise((done) => { setTimeout(done, time); });

// Shows what only a script can do.
document.documentElement.classList.add('script');

// Hides an element. A focus in it goes to the row of a flag.
function hide(element, name) {
  const hasFocus = element.contains(document.activeElement);
  element.hidden = true;
  if (hasFocus) focusRow(name);
}

// Without such a row, the heading of the list has the focus.
function focusRow(name) {
  const row = byId(`row-${name}`);
  row?.focus({ preventScroll: true });
  if (!row || row !== document.activeElement) byId('flags').focus({ preventScroll: true });
}
