() => {
  // Shows a mark in its article: the article comes forward, its pane scrolls to the mark.
  const show = (mark, focus) => {
    const article = mark.closest('.staff-article');
    const all = article.parentElement.querySelectorAll('.staff-article');
    for (const each of all) each.hidden = each !== article;
    const pane = mark.closest('.staff-pane');
    const above = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    pane.scrollTop += above - pane.clientHeight / 3;
    for (const each of document.querySelectorAll('.staff-show')) {
      if (each.hash === '#' + mark.id) each.setAttribute('aria-current', 'true');
      else if (each.hash.startsWith('#' + mark.id.split('-')[0])) each.removeAttribute('aria-current');
    }
    if (!focus) return;
    mark.focus({preventScroll: true});
    article.scrollIntoView({block: 'nearest'});
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a.staff-show');
    const mark = link && document.getElementById(link.hash.slice(1));
    if (!mark) return;
    event.preventDefault();
    show(mark, true);
  });

  // A new answer: its first mark is scrolled to within the pane; the page stays where it is.
  const seen = {};
  const look = () => {
    for (const name of ['ask', 'verify']) {
      const mark = document.getElementById(name + '-mark-1');
      if (mark && mark !== seen[name] && mark.offsetParent) {
        seen[name] = mark;
        show(mark, false);
      }
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
}
