// What all pages share: the live region, and the newest card, followed and announced.

const root = document.documentElement;
const inFrame = new URLSearchParams(location.search).has('embed');
root.classList.add('kqa-js');
root.classList.toggle('kqa-embedded', inFrame);

const still = matchMedia('(prefers-reduced-motion: reduce)');
const transcript = () => document.getElementById('kqa-transcript');

let live;
function announce(text, lang = '') {
  live.lang = lang;
  live.textContent = text;
}

function scrollToTop(element) {
  element.scrollIntoView({block: 'start', behavior: still.matches ? 'auto' : 'smooth'});
}

let seen = null;
let thanked = null;

// The newest exchange, each time that its card has changed.
function follow() {
  const all = document.querySelectorAll('#kqa-transcript .kqa-exchange');
  const last = all[all.length - 1];
  const said = last && last.querySelector('[data-announce]');
  if (!said || said === seen) return;
  seen = said;
  stopWaiting(last);
  announce(said.dataset.announce, said.dataset.announceLang);
  scrollToTop(last);
  const help = last.querySelector('.kqa-help[role=alert]');
  if (help) showHelp(help);
}

// Above all else: whatever is open closes, and the next Tab is the first number.
function showHelp(help) {
  leaveArticle();
  help.focus({preventScroll: true});
}

// What became of a verdict takes the place, and the focus, of the button that gave it.
function thank() {
  const all = document.querySelectorAll('#kqa-transcript .kqa-thanks');
  const pressed = thanked && transcript().contains(thanked.button) && thanked.button.isConnected;
  if (!thanked || pressed || all.length === thanked.before) return;
  const now = thanked.card.querySelector('.kqa-thanks');
  thanked = null;
  if (!now) return;
  announce(now.dataset.announce);
  now.focus({preventScroll: true});
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-helpful]');
  if (!button) return;
  const before = document.querySelectorAll('#kqa-transcript .kqa-thanks').length;
  thanked = {button, before, card: button.closest('.kqa-card')};
});

// Gradio has drawn the page: what stood in for it goes, and the foot learns the address.
function settle() {
  const before = document.getElementById('kqa-before');
  if (before && document.getElementById('kqa-top')) before.remove();
  const code = document.querySelector('.kqa-snippet code');
  if (code && !code.textContent) {
    const address = new URL('../embed.js', document.baseURI);
    code.textContent = `<script src="${address}" async></script>`;
  }
}

// The script is deferred, so the page is read; what the other files define is there after this turn.
queueMicrotask(() => {
  live = document.createElement('div');
  live.id = 'kqa-live';
  live.className = 'kqa-sr';
  live.setAttribute('role', 'status');
  document.body.append(live);
  const loading = document.getElementById('kqa-loading');
  if (loading) {
    loading.hidden = false;
    setTimeout(() => { document.getElementById('kqa-simple')?.removeAttribute('hidden'); }, 8000);
  }
  const change = () => { settle(); follow(); thank(); };
  new MutationObserver(change).observe(document.body, {childList: true, subtree: true});
  change();
});

// In a frame the page around it cannot hear the key.
document.addEventListener('keydown', (event) => {
  if (inFrame && event.key === 'Escape' && !event.defaultPrevented && !isArticleOpen()) {
    parent.postMessage('kqa:close', '*');
  }
});
