// One script tag on another site: a button that opens the questions in a dialog. Sets no
// cookie, stores nothing, loads nothing but the page itself, and that only when it is opened.

const script = document.currentScript;
const language = (script.dataset.lang || 'en').toLowerCase();
const said = words[language.split('-')[0]] ?? words.en;
const label = script.dataset.label || said.label;
const side = script.dataset.position === 'left' ? 'left' : 'right';
const address = new URL('chat/?embed=1', script.src);
const page = new URL('chat/', script.src);

const LOOK = `
:host { all: initial; color-scheme: light dark; }
* { box-sizing: border-box; }
button, a, p { font: 500 1rem/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid #2f8f86; outline-offset: 3px; }
.open {
  position: fixed; ${side}: max(1rem, env(safe-area-inset-${side}));
  bottom: max(1rem, env(safe-area-inset-bottom)); z-index: 2147483000;
  max-width: calc(100vw - 2rem); min-height: 3rem; padding: 0.6rem 1.25rem;
  border: 2px solid #fff; border-radius: 1.75rem; background: #0b5f59; color: #fff;
  box-shadow: 0 2px 12px rgb(0 0 0 / 30%); text-align: start;
}
.open:hover { background: #084a45; }
dialog {
  width: min(30rem, 100vw - 2rem); height: min(46rem, 100dvh - 2rem); max-width: none; max-height: none;
  margin: auto; margin-${side}: 1rem; margin-bottom: 1rem; padding: 0; overflow: hidden;
  border: 1px solid #d5dedc; border-radius: 1rem; background: #f6f8f7; color: #1c2b2a;
  box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
}
dialog[open] { display: flex; flex-direction: column; }
dialog::backdrop { background: rgb(8 20 19 / 45%); }
.bar { display: flex; align-items: center; gap: 0.75rem; padding: 0.5rem 0.75rem; border-bottom: 1px solid #d5dedc; }
.bar a { margin-inline-end: auto; padding: 0.5rem 0; color: #0b5f59; font-size: 0.875rem; }
.bar button { min-height: 2.75rem; padding: 0 1rem; border: 1px solid #4c5d5b; border-radius: 1.4rem; background: none; color: inherit; }
.frame { position: relative; flex: 1; }
.frame p { position: absolute; inset: 1.5rem; margin: 0; }
iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }
@media (max-width: 40rem) {
  dialog { width: 100vw; height: 100dvh; margin: 0; border: 0; border-radius: 0; }
}
@media (prefers-color-scheme: dark) {
  .open { border-color: #0b2422; background: #7fd1c7; color: #0b2422; }
  .open:hover { background: #a3e0d8; }
  dialog { border-color: #33413f; background: #101716; color: #e6eeec; }
  .bar { border-color: #33413f; }
  .bar a { color: #8fd8cf; }
  .bar button { border-color: #a9bab7; }
}
@media print { .open { display: none; } }
`;

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function start() {
  const host = element('div', {lang: said === words.en ? 'en' : language});
  host.dataset.kqaEmbed = '';
  const shadow = host.attachShadow({mode: 'open'});
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  shadow.adoptedStyleSheets = [sheet];

  const open = element('button', {type: 'button', className: 'open'}, label);
  open.setAttribute('aria-haspopup', 'dialog');
  const close = element('button', {type: 'button'}, said.close);
  const link = element('a', {href: page.href, target: '_blank', rel: 'noopener'}, said.page);
  const holder = element('div', {className: 'frame'}, element('p', {}, said.loading));
  const dialog = element('dialog', {}, element('div', {className: 'bar'}, link, close), holder);
  dialog.setAttribute('aria-label', label);
  shadow.append(open, dialog);
  document.body.append(host);

  let frame = null;
  const load = () => {
    frame = element('iframe', {src: address.href, title: label, allow: 'clipboard-write'});
    frame.referrerPolicy = 'no-referrer';
    frame.addEventListener('load', () => { if (dialog.open) frame.focus(); });
    holder.append(frame);
  };
  open.addEventListener('click', () => {
    dialog.showModal();
    if (frame) frame.focus();
    else load();
  });
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => open.focus());
  addEventListener('message', (event) => {
    const ours = frame && event.source === frame.contentWindow && event.origin === address.origin;
    if (ours && event.data === 'kqa:close') dialog.close();
  });
}

if (document.querySelector('[data-kqa-embed]') === null) {
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
}
