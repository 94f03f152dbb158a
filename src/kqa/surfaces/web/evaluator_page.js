/* Once for the page: says aloud what changes, and keeps the page's token in its address, so
   that a reload finds its files and runs again. Nothing is kept in the browser's storage. */
() => {
  const said = new Map();
  const follow = () => {
    const live = document.getElementById("kqa-said");
    for (const part of document.querySelectorAll("[data-announce]")) {
      const place = part.closest("[id]") || part;
      const words = part.dataset.announce;
      if (said.get(place.id) === words) continue;
      said.set(place.id, words);
      if (live && words) live.textContent = words;
    }
    const progress = document.querySelector("#kqa-eval-progress [data-state]");
    const run = document.getElementById("kqa-run");
    const stop = document.getElementById("kqa-stop");
    const busy = !!progress && ["waiting", "running"].includes(progress.dataset.state);
    if (run && run.disabled !== busy) run.disabled = busy;
    if (stop && stop.disabled === busy) stop.disabled = !busy;
    const bench = document.querySelector("[data-bench]");
    const address = new URL(location.href);
    if (bench && address.searchParams.get("bench") !== bench.dataset.bench) {
      address.search = "?bench=" + bench.dataset.bench;
      history.replaceState(null, "", address);
    }
  };
  new MutationObserver(follow).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-state"],
  });
}
