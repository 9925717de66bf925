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
