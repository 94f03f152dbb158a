// From the press to the answer: a sign of work at once, and a word where none comes.

const SLOW_SECONDS = 4;
const TOO_SLOW_SECONDS = 30;

const slot = () => document.getElementById('kqa-waiting');
const box = () => document.querySelector('#kqa-question textarea');
let waiting = null;

function startWaiting(question) {
  if (!question.trim() || !slot()) return;
  clearInterval(waiting?.timer);
  waiting = {question, since: Date.now(), unsent: false};
  waiting.timer = setInterval(watch, 500);
  slot().replaceChildren(asked(question, pending(words.looking)));
  announce(words.looking);
  scrollToTop(slot());
  if (lost) giveUp(words.no_connection);
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
  if (waiting.unsent) return say(words.no_connection_yet);
  if (seconds > TOO_SLOW_SECONDS) return giveUp(words.too_slow);
  if (seconds > SLOW_SECONDS) say(words.still_looking);
}

// A new word in the line of work, once.
function say(text) {
  const line = pendingLine();
  if (!line || line.lastChild.textContent === text) return;
  line.lastChild.textContent = text;
  announce(text);
}

// Gradio takes one failed request for the end: a question is sent until it is through. Where an
// answer breaks off, it would load the page anew as soon as it can and lose what stands on it: it
// is told that it cannot, and the visitor decides.
const fetchOnce = window.fetch.bind(window);
window.fetch = async (request, options) => {
  const address = String(request?.url ?? request);
  if (address.endsWith('/app_id')) return loseConnection();
  if (!address.includes('/queue/join')) return fetchOnce(request, options);
  for (;;) {
    try {
      const reply = await fetchOnce(request, options);
      if (waiting) Object.assign(waiting, {unsent: false, since: Date.now()});
      if (!reply.ok && waiting) giveUp(words.too_slow);
      return reply;
    } catch {
      if (waiting) waiting.unsent = true;
      await new Promise((go) => { setTimeout(go, 1500); });
    }
  }
};

let lost = false;

async function loseConnection() {
  lost = true;
  if (waiting) giveUp(words.no_connection);
  throw new TypeError('no connection');
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

document.addEventListener('click', (event) => {
  if (event.target.closest?.('.kqa-anew')) location.reload();
});
