
// ---- Copying ----

document.addEventListener('click', async ({ target }) => {
  if (!target.matches('.copy')) return;
  const isCopied = await copy(target.previousElementSibling.textContent);
  // What follows says for screen readers what is copied.
  const label = target.firstChild;
  label.nodeValue = isCopied ? 'Copied' : 'Not copied';
  byId('announcement').textContent = label.nodeValue;
  await sleep(2000);
  label.nodeValue = 'Copy';
});

// The clipboard needs a secure context, which a page of a port forward at an address is not.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    focused.focus();
    return isCopied;
  }
}
