
// ---- Several edits as one change ----

const editedRows = () => rows().filter(isEdited);

let draftNames = [];

// Shows how many edits are not applied.
function showDraft() {
  const names = editedRows().map((row) => row.dataset.flag);
  if (names.length === 0) return hide(byId('draft'), draftNames[0]);
  draftNames = names;
  byId('draft').hidden = false;
  const count = names.length === 1 ? '1 edit is not applied' : `${names.length} edits are not applied`;
  const text = `${count}: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' and others' : ''}`;
  if (byId('draft-count').textContent !== text) byId('draft-count').textContent = text;
}

addEventListener('beforeunload', (event) => {
  if (editedRows().length > 0) event.preventDefault();
});

// Reviews the edits from any field, which may be far from the bar.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || byId('draft').hidden || byId('review').open) return;
  event.preventDefault();
  byId('draft-review').click();
});

byId('draft-discard').addEventListener('click', () => {
  for (const row of editedRows()) row.querySelector('.set').reset();
});

// What the page knows of a flag before an edit.
function remember(name) {
  const row = rowOf(name);
  if (!row) return { name, isUnknown: true };
  const field = valueFields(row).pop();
  return {
    name,
    isOverridden: 'overridden' in row.dataset,
    isUnset: 'unset' in row.dataset,
    // The value of a flag that can't be set now is not known as it would be typed.
    isUnknown: 'overridden' in row.dataset && ('secret' in row.dataset || !field),
    value: field && sentText(field),
    until: row.querySelector('.expiry time')?.dateTime,
  };
}

// The rows of flags by their names. Those that do not meet the conditions of this page any more are read.
async function rowsOf(names) {
  const hidden = names.filter((name) => !rowOf(name));
  const page = hidden.length > 0 && await fetchPage(withNames(hidden, listPath));
  return new Map(names.map((name) => [name, rowOf(name) ?? page.getElementById(`flag-${name}`)]));
}

// The edit that restores what there was. Its revision is the one that the page shows.
function undoOf({ name, isOverridden, isUnset, value, until }, row) {
  const revision = Number(row.dataset.revision);
  if (!isOverridden) return { name, clear: true, revision };
  const left = until && `${Math.max(1, Math.round((Date.parse(until) - Date.now()) / 1000))}s`;
  return { name, ...(isUnset ? { unset: true } : { value }), expires_in: left || null, revision };
}

let undo = [];

function showApplied(before, text) {
  undo = before.some(({ isUnknown }) => isUnknown) ? [] : before;
  const names = before.map(({ name }) => name).slice(0, 3).join(', ');
  byId('applied-text').textContent = text ?? `Applied: ${names}${before.length > 3 ? ` and ${before.length - 3} more` : ''}`;
  const button = byId('applied-undo');
  const hasFocus = button === document.activeElement;
  button.hidden = undo.length === 0;
  byId('applied').hidden = false;
  if (hasFocus && button.hidden) byId('applied-close').focus();
}

byId('applied-close').addEventListener('click', () => hide(byId('applied'), undo[0]?.name));

byId('applied-undo').addEventListener('click', async () => {
  const names = undo.map(({ name }) => name);
  let now;
  try {
    now = await rowsOf(names);
  } catch (error) {
    byId('applied-text').textContent = `Not undone. ${error.message}`;
    return;
  }
  const edits = undo.map((before) => undoOf(before, now.get(before.name)));
  // Clearing is possible while setting is off.
  const isClear = edits.every(({ clear }) => clear);
  const flags = isClear ? edits.map(({ name, revision }) => ({ name, revision })) : edits;
  const url = isClear ? setUrl.replace(/set$/, 'clear') : setUrl;
  const rejection = await send(url, JSON.stringify({ flags, reason: 'undo' }));
  if (rejection) {
    byId('applied-text').textContent = `Not undone. ${rejection.error}`;
  } else {
    showApplied([], `Undone: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and others' : ''}`);
  }
  await refresh(rejection ? [] : names, names).catch(() => scheduleRefresh());
});

function cell(text, isSecret) {
  const cell = document.createElement('td');
  const code = document.createElement(isSecret || text === '' ? 'span' : 'code');
  code.textContent = isSecret ? 'a secret' : text || 'empty';
  if (isSecret || text === '') code.className = 'none';
  cell.append(code);
  return cell;
}

byId('draft-review').addEventListener('click', () => {
  byId('review-rows').replaceChildren(...editedRows().map((row) => {
    const line = document.createElement('tr');
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = row.dataset.flag;
    const field = valueFields(row).pop();
    const isSecret = 'secret' in row.dataset;
    const now = document.createElement('td');
    now.append(...[...row.querySelector('.current dd').childNodes].map((node) => node.cloneNode(true)));
    line.append(name, now, cell(typedText(field), isSecret));
    return line;
  }));
  const reasons = editedRows().map((row) => row.querySelector('[name=reason]').value);
  byId('review-reason').value ||= reasons.find((reason) => reason) ?? '';
  byId('review-error').textContent = '';
  byId('review').showModal();
});

byId('review-cancel').addEventListener('click', () => byId('review').close());

byId('review-apply').addEventListener('click', async () => {
  const edited = editedRows();
  const expiry = byId('review-expiry').value.trim();
  const flags = edited.map((row) => ({
    name: row.dataset.flag,
    ...typedChange(row, valueFields(row).pop()),
    expires_in: expiry || row.querySelector('[name=expires_in]').value.trim() || null,
    revision: Number(row.querySelector('.set [name=revision]').value),
  }));
  const names = flags.map(({ name }) => name);
  const before = names.map(remember);
  byId('review-form').ariaBusy = 'true';
  const rejection = await send(setUrl, JSON.stringify({ flags, reason: byId('review-reason').value || null }));
  byId('review-form').removeAttribute('aria-busy');
  if (rejection) {
    byId('review-error').textContent = rejection.error;
    for (const row of edited) {
      if (rejection.problems.some((problem) => [problem.name, problem.other_name].includes(row.dataset.flag))) showProblem(row, rejection);
    }
    return;
  }
  byId('review').close();
  byId('review-form').reset();
  showApplied(before);
  await refresh(names, names).catch(() => scheduleRefresh());
  announce(names);
});

byId('review-form').addEventListener('submit', (event) => {
  event.preventDefault();
  byId('review-apply').click();
});
