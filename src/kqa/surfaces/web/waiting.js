// From the press to the answer: a sign of work at once, and a word where none comes.

const SLOW_SECONDS = 4;
const TOO_SLOW_SECONDS = 30;
const PROBE_SECONDS = 3;

const slot = () => document.getElementById('kqa-waiting');
const box = () => document.querySelector('#kqa-question textarea');
let waiting = null;

function startWaiting(question) {
  if (!question.trim() || !slot()) return;
  clearInterval(waiting?.timer);
  waiting = {question, since: Date.now(), probed: Date.now(), slow: false, missed: 0};
  waiting.timer = setInterval(watch, 500);
  slot().replaceChildren(asked(question, pending(words.looking)));
  announce(words.looking);
  scrollToTop(slot());
}

// The transcript has it now; the watch goes on until its card is there.
function stopWaiting(newest) {
  slot()?.replaceChildren();
  if (waiting && !newest.querySelector('.kqa-pending')) {
    clearInterval(waiting.timer);
    waiting = null;
  }
}

function asked(question, below) {
  const section = document.createElement('section');
  section.className = 'kqa-exchange';
  const heading = document.createElement('h2');
  heading.className = 'kqa-asked';
  heading.dir = 'auto';
  const text = document.createElement('span');
  text.className = 'kqa-asked-text';
  text.textContent = question;
  heading.append(text);
  section.append(heading, below);
  return section;
}

function pending(said) {
  const line = document.createElement('p');
  line.className = 'kqa-pending';
  line.innerHTML = words.dots;
  line.append(said);
  return line;
}

function watch() {
  const seconds = (Date.now() - waiting.since) / 1000;
  if (!navigator.onLine) return giveUp(words.no_connection);
  if (seconds > TOO_SLOW_SECONDS) return giveUp(words.too_slow);
  if (seconds > SLOW_SECONDS && !waiting.slow) {
    waiting.slow = true;
    pendingLine()?.lastChild.replaceWith(words.still_looking);
    announce(words.still_looking);
  }
  if (Date.now() - waiting.probed > PROBE_SECONDS * 1000) probe(waiting);
}

// Whether the server is there at all; twice silent is gone.
async function probe(mine) {
  mine.probed = Date.now();
  let there = false;
  try {
    const signal = AbortSignal.timeout(2500);
    const reply = await fetch('kqa.css', {method: 'HEAD', cache: 'no-store', signal});
    there = reply.status < 500;
  } catch { /* not there */ }
  mine.missed = there ? 0 : mine.missed + 1;
  if (waiting === mine && mine.missed > 1) giveUp(words.no_connection);
}

const pendingLine = () => document.querySelector('#kqa-waiting .kqa-pending, #kqa-transcript .kqa-pending');

// ``card`` is markup of our own; the question comes back, to be asked again.
function giveUp(card) {
  const {question, timer} = waiting;
  clearInterval(timer);
  waiting = null;
  const line = pendingLine();
  if (!line) return;
  const holder = document.createElement('template');
  holder.innerHTML = card;
  const shown = holder.content.firstElementChild;
  line.replaceWith(shown);
  if (transcript().contains(shown)) seen = shown;
  announce(shown.dataset.announce);
  scrollToTop(shown.closest('.kqa-exchange'));
  if (box() && !box().value) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box(), question);
    box().dispatchEvent(new Event('input', {bubbles: true}));
  }
}

document.addEventListener('keydown', (event) => {
  const sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
  if (sends && event.target === box()) startWaiting(box().value);
}, true);

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('#kqa-ask, #kqa-suggestions button');
  if (button) startWaiting(button.id === 'kqa-ask' ? box().value : button.textContent);
}, true);
