
// ---- Start ----

document.querySelectorAll('noscript').forEach((element) => element.remove());
for (const row of rows()) {
  serverHtml.set(row.dataset.flag, row.outerHTML);
  showEdited(row);
}
showTokenField();
updateAges();
openTarget();
if (q.value && !isByName) refresh().catch(() => scheduleRefresh());
if (document.hidden) showConnection('paused', 'Paused while hidden');
else followEvents();
