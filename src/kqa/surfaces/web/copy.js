// Whoever copies a quote copies its source and the disclaimer too.

const QUOTED = '[data-source] :is(.kqa-quote, .kqa-text)';

function withSource(text, sourced) {
  const sources = [...new Set(sourced.map((each) => each.dataset.source))];
  const disclaimer = document.querySelector('.kqa-card .kqa-disclaimer, .kqa-article .kqa-disclaimer');
  return [text, ...sources, disclaimer?.textContent ?? ''].join('\n\n').trim();
}

document.addEventListener('copy', (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.closest?.('textarea, input')) return;
  const touched = [...document.querySelectorAll(QUOTED)].filter(
    (each) => selection.containsNode(each, true) && each.checkVisibility());
  if (!touched.length) return;
  // Inside one quote the letters of the article itself; across several, as they are seen.
  const range = selection.getRangeAt(0);
  const inside = touched[0].contains(range.commonAncestorContainer);
  const text = inside ? range.toString() : selection.toString();
  event.clipboardData.setData('text/plain', withSource(text, touched.map((q) => q.closest('[data-source]'))));
  event.preventDefault();
});

async function copyOf(button) {
  const code = button.parentElement.querySelector('code');
  if (code) return put(code.textContent, code);
  const figure = button.closest('[data-source]');
  const quote = figure.querySelector('.kqa-quote');
  return put(withSource(quote.textContent, [figure]), quote);
}

// Without a secure connection there is no clipboard to write to: select, then copy as by hand.
async function put(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy');
  }
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('.kqa-copy');
  if (!button) return;
  const done = await copyOf(button);
  announce(done ? words.copied : words.not_copied);
  button.dataset.said ??= button.firstChild.textContent;
  button.firstChild.textContent = done ? words.copied : words.not_copied;
  setTimeout(() => { button.firstChild.textContent = button.dataset.said; }, 2500);
});
