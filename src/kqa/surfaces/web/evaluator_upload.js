/* The field for files: each is sent by itself, and it is said how far and what came of it. */
const field = element.querySelector("#kqa-file");
const coming = element.querySelector("#kqa-coming");
const say = (line, words, failed) => {
  line.textContent = words;
  line.className = failed ? "kqa-progress kqa-wrong" : "kqa-progress";
  if (failed) line.setAttribute("role", "alert");
  const live = document.getElementById("kqa-said");
  if (live && !failed) live.textContent = words;
};
const send = (file) => new Promise((ended) => {
  const line = coming.appendChild(document.createElement("p"));
  const bench = document.querySelector("[data-bench]").dataset.bench;
  const mib = Math.floor(field.dataset.limit / 1048576);
  if (file.size > Number(field.dataset.limit)) {
    say(line, file.name + ": it is larger than " + mib + " MiB. Measure it with kqa eval instead.", true);
    ended();
    return;
  }
  const request = new XMLHttpRequest();
  let last = -1;
  request.open("POST", "upload");
  request.setRequestHeader("X-Bench", bench);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
  request.upload.addEventListener("progress", (event) => {
    const percent = Math.floor(10 * event.loaded / Math.max(1, event.total)) * 10;
    if (percent !== last) say(line, "Sending " + file.name + ": " + percent + "%");
    last = percent;
  });
  request.upload.addEventListener("load", () => say(line, "Checking " + file.name + "…"));
  request.addEventListener("loadend", () => {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* said below */ }
    if (request.status === 200) {
      say(line, answer.name + " is here, taken for: " + answer.kind + ".");
      trigger("upload", {key: answer.key});
    } else {
      say(line, answer.message || file.name + ": the server did not take it. Please try again.", true);
    }
    ended();
  });
  say(line, "Sending " + file.name);
  request.send(file);
});
field.addEventListener("change", async () => {
  coming.replaceChildren();
  const files = [...field.files];
  field.value = "";
  for (const file of files) await send(file);
});
