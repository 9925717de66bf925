
// ---- Copying ----

document.addEventListener('click', async ({ target }) => {
  if (!target.matches('.copy')) return;
  const isCopied = await copy(target.previousElementSibling.textContent);
  target.textContent = isCopied ? 'Copied' : 'Not copied';
  await sleep(2000);
  target.textContent = 'Copy';
});

// The clipboard needs a secure context, which a page of a port forward at an address is not.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    return isCopied;
  }
}
