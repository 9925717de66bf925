
// ---- Editing one flag ----

const token = byId('token-field');
const tokenKey = `dflag-token ${new URL(listPath, location.href).pathname}`;

function showTokenField() {
  byId('token').hidden = !('needsToken' in byId('summary').dataset);
}

try {
  token.value = sessionStorage.getItem(tokenKey) ?? '';
  token.addEventListener('input', () => sessionStorage.setItem(tokenKey, token.value));
} catch {
  // Without storage, only the field keeps the token.
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.id === 'token') event.preventDefault();
  if (!form.matches('.set, .clear')) return;
  event.preventDefault();
  if (form.ariaBusy) return;
  const row = form.closest('[data-flag]');
  if (form.matches('.set') && !event.submitter?.name && !isEdited(row)) {
    showProblem(row, { error: 'Nothing is edited. Edit the value, or press “Pin” to override the flag with this one.', problems: [] });
    return;
  }
  form.ariaBusy = 'true';
  const names = new FormData(form).getAll('name');
  const before = names.map(remember);
  const rejection = await send(form.action, new URLSearchParams(new FormData(form, event.submitter)));
  form.removeAttribute('aria-busy');
  if (!rejection) {
    showApplied(before);
    await refresh(names, names).catch(() => scheduleRefresh());
    announce(names);
  } else if (row) {
    showProblem(row, rejection);
  } else {
    form.querySelector('.error').textContent = rejection.error;
  }
});

// Shows at a row what of a rejection is about its flag.
function showProblem(row, { error, problems }) {
  const name = row.dataset.flag;
  const message = byId(`error-${name}`);
  if (!message) return; // the flag can't be edited any more
  const own = problems.filter((problem) => [problem.name, problem.other_name].includes(name));
  // Who sees the current value may edit it.
  const outdated = own.find((problem) => problem.kind === 'outdated' && problem.name === name);
  for (const field of outdated ? row.querySelectorAll('[name=revision]') : []) field.value = outdated.revision;
  message.textContent = own.map((problem) => problem.message).join('; ') || error;
  row.querySelector('details').open = true;
  const field = valueFields(row).pop();
  if (field) {
    if (own.length > 0) field.ariaInvalid = 'true';
    else field.removeAttribute('aria-invalid');
    if (field.type === 'password') field.value = '';
    field.focus();
  }
  message.scrollIntoView({ block: 'nearest' });
}
