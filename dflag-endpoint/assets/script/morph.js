
// ---- Updating the page from the server's HTML ----

// Makes `old` equal to `now`, and keeps nodes where possible so that they keep the focus.
function morph(old, now) {
  if (old.nodeName !== now.nodeName) return void old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) return void (old.nodeValue = now.nodeValue);
  morphAttributes(old, now);
  const [before, after] = [[...old.childNodes], [...now.childNodes]];
  if (before.length === after.length) before.forEach((child, index) => morph(child, after[index]));
  else old.replaceChildren(...after);
}

function morphAttributes(old, now) {
  // Whether details are open is the reader's business.
  const isKept = ({ name }) => name === 'open';
  for (const attribute of [...old.attributes]) {
    if (!isKept(attribute) && !now.hasAttribute(attribute.name)) old.removeAttribute(attribute.name);
  }
  for (const attribute of now.attributes) {
    const { name, value } = attribute;
    if (!isKept(attribute) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

// Like `morph`, for elements whose details stay open though their number changes.
function morphKeepingDetails(old, now) {
  const open = [...old.querySelectorAll('details[open][id]')].map(({ id }) => id);
  const focused = old.contains(document.activeElement) && document.activeElement.id;
  morph(old, now);
  for (const id of open) byId(id)?.setAttribute('open', '');
  if (focused === false || old.contains(document.activeElement)) return;
  if (byId(focused)) byId(focused).focus();
  else focusRow();
}
