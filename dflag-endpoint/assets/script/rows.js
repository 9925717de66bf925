
// ---- Rows ----

// The HTML of each row as the server last sent it.
const serverHtml = new Map();
// Rows to be updated once nobody edits them any more.
const deferred = new Map();

const rowOf = (name) => byId(`flag-${name}`);
const rows = () => [...list.querySelectorAll('[data-flag]')];
const currentValue = (row) => row.querySelector('.current dd').textContent;
const valueFields = (row) => [...row.querySelectorAll('.set [name=value]:not([type=hidden])')];
const typedFields = (row) => [...row.querySelectorAll('.set :is([name=value]:not([type=hidden]), [name=expires_in], [name=reason])')];

function isFieldEdited(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

// Whether *Set* would change something: a reason alone does not. Nor does a duration for a secret, whose value the field
// does not have.
const isEdited = (row) => typedFields(row).some((field) => (
  (field.name === 'value' || (field.name === 'expires_in' && !('secret' in row.dataset))) && isFieldEdited(field)
));
const isBeingEdited = (row) => typedFields(row).some((field) => field === document.activeElement || isFieldEdited(field));

// The text that a field would set, and the one that the server sent.
const typedText = (field) => (field.type === 'checkbox' ? String(field.checked) : field.value);
function sentText(field) {
  if (field.type === 'checkbox') return String(field.defaultChecked);
  if (field.options) return [...field.options].find((option) => option.defaultSelected)?.value ?? '';
  return field.defaultValue;
}

// What a field would set, as a part of an edit. One that nobody edited of a flag without a value sets no value.
function typedChange(row, field) {
  return 'unset' in row.dataset && !isFieldEdited(field) ? { unset: true } : { value: typedText(field) };
}

// Marks a row as edited or not, with what that enables.
function showEdited(row) {
  const edited = isEdited(row);
  row.classList.toggle('edited', edited);
  const button = row.querySelector('.set button:not([name], [type])');
  if (edited) button?.removeAttribute('aria-disabled');
  else button?.setAttribute('aria-disabled', 'true');
  showDraft();
}

function replaceRow(row, now) {
  const focused = row.contains(document.activeElement) && document.activeElement.id;
  deferred.delete(row.dataset.flag);
  morph(row, now);
  for (const form of row.querySelectorAll('form')) form.reset();
  showEdited(row);
  // If the focused button is gone, the focus moves to the field.
  if (focused && !row.contains(document.activeElement)) (byId(focused) ?? valueFields(row).pop() ?? row).focus();
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
    // The row shows what an edit replaces from now on.
    const revision = now.querySelector('[name=revision]')?.value;
    for (const field of row.querySelectorAll('[name=revision]')) field.value = revision ?? field.value;
    morphAttributes(row, now);
    for (const part of ['summary', '.about', '.facts']) {
      morph(row.querySelector(part), now.querySelector(part).cloneNode(true));
    }
    showEdited(row);
    if (isChanged) showMeanwhile(row);
  }
  if (isChanged) {
    row.classList.remove('highlight');
    void row.offsetWidth; // restarts the animation
    row.classList.add('highlight');
  }
}

// Says that the flag has another value than when the edit began: setting it replaces that one.
function showMeanwhile(row) {
  byId(`notice-${row.dataset.flag}`).textContent = `Meanwhile changed to: ${currentValue(row)}`;
  const button = row.querySelector('.set button:not([name], [type])');
  if (button) button.firstChild.nodeValue = 'Overwrite';
}

list.addEventListener('focusout', ({ target }) => {
  const row = target.closest('[data-flag]');
  setTimeout(() => {
    const now = row && deferred.get(row.dataset.flag);
    if (now && !isBeingEdited(row)) replaceRow(row, now);
  });
});

list.addEventListener('input', ({ target }) => showEdited(target.closest('[data-flag]')));
list.addEventListener('reset', ({ target }) => setTimeout(() => {
  const row = target.closest('[data-flag]');
  if (!row || isEdited(row)) return;
  byId(`error-${row.dataset.flag}`).textContent = '';
  for (const field of valueFields(row)) field.removeAttribute('aria-invalid');
  const now = deferred.get(row.dataset.flag);
  if (now && !isBeingEdited(row)) replaceRow(row, now);
  else showEdited(row);
}));

const keyOf = (item) => item.dataset.flag ?? `heading ${item.dataset.heading}`;

// The items by their keys, in order. A program and its subcommand may each have a flag with the same name.
function byKey(items) {
  const keyed = new Map();
  for (const item of items) {
    let key = keyOf(item);
    while (keyed.has(key)) key += ' again';
    keyed.set(key, item);
  }
  return keyed;
}

// Updates all rows and their order, and removes those that the server does not list.
// The flag `edited` gets a fresh control, even if its field has unsaved text.
function updateRows(items, edited) {
  const old = byKey(list.children);
  const placed = new Set();
  let next = list.firstElementChild;
  for (const [key, now] of byKey(items)) {
    const item = old.get(key);
    old.delete(key);
    if (!item) {
      if (now.dataset.flag) serverHtml.set(now.dataset.flag, now.outerHTML);
      list.insertBefore(now, next);
      if (now.dataset.flag) showEdited(now);
      continue;
    }
    if (item.dataset.flag) updateRow(item, now, edited?.includes(item.dataset.flag));
    placed.add(item);
    // Moving a row takes the focus from it.
    if (item !== next && !item.contains(document.activeElement)) list.insertBefore(item, next);
    while (placed.has(next)) next = next.nextElementSibling;
  }
  for (const item of old.values()) removeRow(item, edited);
  applyFilter();
}

function removeRow(item, edited) {
  const name = item.dataset.flag;
  if (name && !edited?.includes(name) && isBeingEdited(item)) return;
  serverHtml.delete(name);
  const hasFocus = item.contains(document.activeElement);
  item.remove();
  if (hasFocus) focusRow();
  showDraft();
}

// The part of the address after `#`.
function target() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ''; // a percent sign that escapes nothing
  }
}

// Opens the row of the flag that the address names.
function openTarget() {
  const row = byId(target());
  if (!row?.dataset.flag) return;
  row.hidden = false;
  row.querySelector('details').open = true;
}

addEventListener('hashchange', openTarget);
