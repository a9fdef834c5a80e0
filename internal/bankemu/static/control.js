// The control page works without this file; with it a request opens in place and its curl goes to the clipboard.
"use strict";
const said = document.getElementById("said");
let quiet;

function say(text) {
  said.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.textContent = ""; }, 4000);
}

async function load(address) {
  const answer = await fetch(address);
  const text = await answer.text();
  if (answer.ok) return text;
  let message = text;
  try { message = JSON.parse(text).error; } catch { /* not ours: shown as it came */ }
  throw new Error(message);
}

function headers(list) {
  return Object.entries(list || {}).flatMap(([name, values]) => values.map((v) => name + ": " + v)).sort().join("\n");
}

// pretty indents JSON by its signs and leaves numbers as they are written: 12200.00 must not become 12200.
function pretty(text) {
  try { JSON.parse(text); } catch { return text; }
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+|[{[]\s*[}\]]|[{}[\],:]/g, (part) => {
    if (part === "{" || part === "[") { depth++; return part + line(); }
    if (part === "}" || part === "]") { depth--; return line() + part; }
    if (part === ",") return part + line();
    if (part === ":") return ": ";
    return /^\s/.test(part) ? "" : part;
  });
}

function words(e) {
  if (!e.recorded) return "Заголовки и тела этого запроса не сохранены.";
  const cut = "\n… дальше не сохранено";
  return [e.method + " " + e.url, headers(e.headers), "", pretty(e.body || "") + (e.bodyCut ? cut : ""), "",
    e.status ? "Ответ " + e.status : "Соединение закрыто без ответа", headers(e.answerHeaders), "", pretty(e.answerBody || "") + (e.answerBodyCut ? cut : "")].join("\n").replace(/\n{3,}/g, "\n\n");
}

async function details(link) {
  const row = link.closest("tr");
  if (row.nextElementSibling && row.nextElementSibling.dataset.of === row.dataset.request) {
    row.nextElementSibling.remove();
    link.setAttribute("aria-expanded", "false");
    return;
  }
  const text = document.createElement("pre");
  text.className = "exchange";
  text.textContent = words(JSON.parse(await load(link.href)));
  const cell = document.createElement("td");
  cell.colSpan = row.cells.length;
  cell.append(text);
  const below = document.createElement("tr");
  below.dataset.of = row.dataset.request;
  below.append(cell);
  row.after(below);
  link.setAttribute("aria-expanded", "true");
}

async function copy(link) {
  await navigator.clipboard.writeText(await load(link.href));
  say("Команда скопирована. Подставьте свои значения вместо $ACCESS_TOKEN и других переменных.");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-details], [data-curl]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  (link.hasAttribute("data-curl") ? copy : details)(link).catch((problem) => say("Не получилось: " + problem.message));
});
