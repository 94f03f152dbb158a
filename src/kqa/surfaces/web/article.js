// "Show in article": the article's own page, in a dialog on this one.

let dialog = null;
let body = null;
let opener = null;

const isArticleOpen = () => Boolean(dialog?.open);

// For something graver: the focus goes there and not back.
function leaveArticle() {
  opener = null;
  if (isArticleOpen()) dialog.close();
}

function makeDialog() {
  dialog = document.createElement('dialog');
  dialog.className = 'kqa-dialog';
  const bar = document.createElement('div');
  bar.className = 'kqa-dialog-bar';
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'kqa-small';
  close.textContent = words.close;
  close.addEventListener('click', () => dialog.close());
  bar.append(close);
  body = document.createElement('div');
  body.className = 'kqa-dialog-body';
  dialog.append(bar, body);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', giveFocusBack);
  document.body.append(dialog);
}

// An answer that came meanwhile may have drawn the link anew.
function giveFocusBack() {
  body.replaceChildren();
  if (!opener) return null;
  if (opener.link.isConnected) return opener.link.focus({preventScroll: true});
  const same = document.querySelectorAll(`a.kqa-open[href="${CSS.escape(opener.href)}"]`);
  return (same[same.length - 1] ?? box())?.focus({preventScroll: true});
}

function line(text) {
  const shown = document.createElement('p');
  shown.setAttribute('role', 'status');
  shown.append(text);
  return shown;
}

async function openArticle(link) {
  if (!dialog) makeDialog();
  opener = {link, href: link.getAttribute('href')};
  const mine = opener;
  const patience = setTimeout(() => body.append(line(words.opening)), 200);
  dialog.setAttribute('aria-label', words.opening);
  dialog.removeAttribute('aria-labelledby');
  body.replaceChildren();
  dialog.showModal();
  let article = null;
  try {
    const reply = await fetch(link.href, {signal: AbortSignal.timeout(15000)});
    const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
    article = reply.ok ? page.querySelector('.kqa-article') : null;
  } catch { /* said below */ }
  clearTimeout(patience);
  if (opener !== mine || !dialog.open) return;
  if (article) showArticle(document.adoptNode(article), link);
  else showNoArticle(link);
}

function showArticle(article, link) {
  article.querySelector('.kqa-section').textContent = link.dataset.section ?? '';
  body.replaceChildren(article);
  dialog.removeAttribute('aria-label');
  dialog.setAttribute('aria-labelledby', 'kqa-article-title');
  const mark = article.querySelector('mark');
  (mark ?? article.querySelector('.kqa-text')).focus({preventScroll: true});
  mark?.scrollIntoView({block: 'center'});
}

function showNoArticle(link) {
  const page = document.createElement('a');
  page.href = link.href;
  page.textContent = words.open_page;
  dialog.setAttribute('aria-label', words.not_opened);
  body.replaceChildren(line(words.not_opened), page);
  page.focus();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a.kqa-open');
  const other = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || other) return;
  event.preventDefault();
  openArticle(link);
});
