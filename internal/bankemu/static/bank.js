// The bank's own pages: they read what follows # and talk to /emu/api with the bank's session cookie.
// Every text goes through textContent; nothing from a document is ever parsed as HTML.
"use strict";
const desk = document.getElementById("desk");
const site = desk.dataset.site;

function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

async function api(method, path, body) {
  const init = { method, headers: {}, credentials: "same-origin" };
  if (body !== undefined || method !== "GET") {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body || {});
  }
  const answer = await fetch("/emu/api" + path, init);
  let data = {};
  try { data = await answer.json(); } catch { /* an empty or foreign answer is reported below */ }
  return { ok: answer.ok, status: answer.status, data };
}

function show(title, ...children) {
  document.title = title + " · эмулятор банка";
  const heading = el("h1", { tabindex: "-1" }, title);
  desk.replaceChildren(heading, ...children.filter(Boolean));
  heading.focus();
}

function alertBox(text) {
  return el("p", { class: "alert", role: "alert", "data-testid": "bank-problem" }, text);
}

function parseHash() {
  const hash = location.hash.slice(1);
  const mark = hash.indexOf("?");
  const path = mark < 0 ? hash : hash.slice(0, mark);
  const params = new URLSearchParams(mark < 0 ? "" : hash.slice(mark + 1));
  const payment = path.match(/^\/payment-creator\/([^/]+)$/);
  if (payment) return { page: "payment", id: decodeURIComponent(payment[1]), back: params.get("backUrl") || "" };
  if (path === "/credits/credit-financing/credit-partners") return { page: "credit", id: params.get("order") || "", back: "" };
  if (path === "/documents" || path === "") return { page: "documents" };
  return { page: "unknown" };
}

async function start(forceLogin) {
  const { ok, data } = await api("GET", "/session");
  if (!ok) return show("Банк не отвечает", alertBox("Обновите страницу через минуту."));
  if (!data.person || forceLogin) return login(data);
  const where = parseHash();
  if (where.page === "documents") return documents(data.person);
  if (where.page === "unknown" || !/^[0-9a-f-]{36}$/.test(where.id)) {
    return show("Документ не найден", whoami(data.person), el("p", { "data-testid": "bank-message" }, "В ссылке нет номера документа."), toDocuments());
  }
  return openDocument(where, data.person);
}

function login(data) {
  const problem = el("div", {});
  const groups = new Map();
  for (const p of data.people || []) {
    if (!groups.has(p.company)) groups.set(p.company, []);
    groups.get(p.company).push(p);
  }
  const companies = (special) => [...groups].filter(([, people]) => people[0].special === special)
    .map(([company, people]) => el("fieldset", { class: "company" }, el("legend", {}, company),
      ...people.map((p) => el("label", { class: "card" },
        el("input", { type: "radio", name: "person", value: p.id, required: true, "data-testid": "bank-login-person-" + p.id }),
        el("span", {}, el("strong", {}, p.name), el("br"), p.position + (p.maySign ? "" : " · без права подписи"))))));
  const others = companies(true);
  const enter = async (event) => {
    event.preventDefault();
    const person = new FormData(event.target).get("person");
    const { ok, data: answer } = await api("POST", "/session", { person });
    if (ok) return start(false);
    problem.replaceChildren(alertBox(answer.message || "Войти не удалось."));
  };
  show("Вход в банк",
    el("p", {}, "Чтобы открыть документ, выберите, кто вы. В эмуляторе пароль не нужен."), problem,
    el("form", { onsubmit: enter },
      ...companies(false), others.length ? el("details", {}, el("summary", {}, "Другие случаи"), ...others) : null,
      el("div", { class: "actions" }, el("button", { class: "primary", "data-testid": "bank-allow" }, "Войти"))));
}

function whoami(person) {
  return el("p", { class: "who" },
    el("span", { "data-testid": "bank-who" }, person.name + ", " + person.company),
    el("button", { type: "button", "data-testid": "bank-switch-person", onclick: async () => { await api("DELETE", "/session"); start(true); } }, "Войти другим сотрудником"));
}

function toDocuments() {
  return el("p", {}, el("a", { href: "#/documents", "data-testid": "bank-documents" }, "Документы компании на подпись"));
}

async function documents(person) {
  const { status, data } = await api("GET", "/documents");
  if (status === 401) return start(true);
  const rows = (data.documents || []).map((d) => el("tr", {},
    el("td", {}, el("a", { href: d.kind === "payment" ? "#/payment-creator/" + d.id : "#/credits/credit-financing/credit-partners?order=" + d.id, "data-testid": "bank-document-" + d.id }, d.title)),
    el("td", { class: "sum" }, d.sum), el("td", {}, d.status)));
  const table = el("div", { class: "panel scroll", tabindex: "0", role: "region", "aria-label": "Список документов" }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Документ"), el("th", { scope: "col" }, "Сумма"), el("th", { scope: "col" }, "Статус"))),
    el("tbody", {}, ...rows)));
  show("Документы на подпись", whoami(person), rows.length ? table : el("p", { "data-testid": "bank-no-documents" }, "Неподписанных документов нет."));
}

async function openDocument(where, person) {
  const path = where.page === "payment" ? "/documents/" + where.id + "?backUrl=" + encodeURIComponent(where.back) : "/credit-requests/" + where.id;
  const { ok, status, data } = await api("GET", path);
  if (status === 401) return start(true);
  if (!ok) return show("Документ не найден", whoami(person), el("p", { "data-testid": "bank-message" }, data.message || "Банк не ответил."), toDocuments());
  render(where, person, data, "");
}

function details(doc) {
  return el("section", { class: "panel", "aria-label": "Содержание документа" },
    el("p", {}, "Статус: ", doc.statusName ? doc.statusName + " · " : "", el("span", { class: "status", "data-testid": "bank-status" }, doc.status), doc.comment ? ". " + doc.comment : ""),
    el("dl", {}, ...doc.fields.flatMap((f) => [el("dt", {}, f.label), el("dd", {}, f.value)])));
}

function goBack(doc, text, testid, primary) {
  if (!doc.returnUrl) return null;
  return el("a", { href: doc.returnUrl, class: "button" + (primary ? " primary" : ""), "data-testid": testid }, text);
}

function badBack(doc) {
  return doc.badBackUrl && alertBox("Адрес возврата не зарегистрирован в банке, поэтому вернуться по нему нельзя. Откройте магазин сами.");
}

function render(where, person, doc, problem) {
  const title = where.page === "payment" ? "Подписание платёжного поручения" : "Кредитная заявка";
  const head = [whoami(person), problem && alertBox(problem), badBack(doc), el("p", {}, doc.title), details(doc)];
  if (doc.state !== "open") return show(title, ...head.slice(0, 3), outcome(doc), ...head.slice(3), recallButton(where, person, doc));
  if (!doc.maySign) {
    return show(title, ...head, el("p", { class: "alert", role: "note", "data-testid": "bank-cannot-sign" }, doc.whyNot),
      el("div", { class: "actions" }, where.page === "credit" && refuseButton(where, person, doc), goBack(doc, "Уйти, не подписывая", "bank-leave")), toDocuments());
  }
  show(title, ...head, where.page === "payment" ? paymentForm(where, person, doc) : creditForm(where, person, doc));
}

const outcomes = {
  done: "Документ подписан, банк его исполняет.",
  closed: "Документ больше не действует. Деньги не списаны.",
  broken: "Документ сохранён с ошибками заполнения, подписать его нельзя.",
  recalling: "Запрошен отзыв документа. Деньги останутся на счёте.",
  waiting: "Заявка подписана. Банк ещё не принял решение.",
  refused: "Банк отказал в кредите. Заказ можно оплатить другим способом.",
};

function outcome(doc) {
  const text = doc.kind === "credit-request" && doc.state === "done" ? "Кредит одобрен. Банк сам создал платёжное поручение и исполняет его." : outcomes[doc.state];
  return el("section", { class: "panel", "aria-label": "Итог" }, el("p", { "data-testid": "bank-outcome", role: "status" }, text),
    el("div", { class: "actions" }, goBack(doc, "Вернуться в магазин", "bank-return", true)));
}

function accountField(doc) {
  return el("label", { class: "fieldrow" }, el("span", {}, "Счёт списания"),
    el("select", { name: "account", "data-testid": "bank-account" }, ...doc.accounts.map((a) => el("option", { value: a.value }, a.label))));
}

function smsField() {
  if (site !== "sms") return null;
  return el("label", { class: "fieldrow" }, el("span", {}, "Код из СМС (в эмуляторе всегда 11111)"),
    el("input", { name: "code", inputmode: "numeric", autocomplete: "one-time-code", required: true, maxlength: "5", "data-testid": "sms-code" }));
}

// send signs: an SMS user sends the code, a Token user first confirms in the agent's dialog.
async function send(where, person, doc, path, values) {
  if (site === "token") {
    if (!(await askToken())) return;
    values.token = true;
  }
  await act(where, person, doc, path, values);
}

async function act(where, person, doc, path, values) {
  const { ok, status, data } = await api("POST", path, { ...values, backUrl: where.back });
  if (status === 401) return start(true);
  if (ok) return render(where, person, data, "");
  render(where, person, doc, data.message || "Банк не ответил. Попробуйте ещё раз.");
}

function askToken() {
  return new Promise((resolve) => {
    const close = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = el("dialog", { "aria-labelledby": "token-title" },
      el("h2", { id: "token-title" }, "Электронный ключ"), el("p", {}, "Ключ подключён. Подтвердите подпись документа."),
      el("div", { class: "actions" },
        el("button", { type: "button", class: "primary", "data-testid": "token-confirm", onclick: () => close(true) }, "Подписать ключом"),
        el("button", { type: "button", "data-testid": "token-cancel", onclick: () => close(false) }, "Отмена")));
    dialog.addEventListener("cancel", () => { dialog.remove(); resolve(false); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function paymentForm(where, person, doc) {
  const base = "/documents/" + doc.id;
  const submit = (event) => {
    event.preventDefault();
    send(where, person, doc, base + "/sign", Object.fromEntries(new FormData(event.target)));
  };
  return el("form", { class: "panel", onsubmit: submit, "aria-label": "Подпись" }, accountField(doc), smsField(),
    el("div", { class: "actions" },
      el("button", { class: "primary", "data-testid": "bank-sign" }, "Подписать"),
      el("button", { type: "button", "data-testid": "bank-decline", onclick: () => act(where, person, doc, base + "/decline", {}) }, "Отклонить документ"),
      goBack(doc, "Уйти, не подписывая", "bank-leave")));
}

function recallButton(where, person, doc) {
  if (!doc.mayRecall) return null;
  return el("div", { class: "actions" }, el("button", { type: "button", "data-testid": "bank-recall",
    onclick: () => act(where, person, doc, "/documents/" + doc.id + "/recall", {}) }, "Отозвать документ"));
}

function refuseButton(where, person, doc) {
  return el("button", { type: "button", "data-testid": "bank-credit-refuse", onclick: () => act(where, person, doc, "/credit-requests/" + doc.id + "/refuse", {}) }, "Банк отказывает");
}

function creditForm(where, person, doc) {
  const submit = (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    values.confirm = values.confirm === "on";
    send(where, person, doc, "/credit-requests/" + doc.id + "/submit", values);
  };
  return el("form", { class: "panel", onsubmit: submit, "aria-label": "Заполнение заявки" }, accountField(doc),
    el("label", { class: "fieldrow" }, el("span", {}, "Телефон для связи"),
      el("input", { name: "phone", type: "tel", autocomplete: "tel", required: true, value: doc.phone, "data-testid": "credit-phone" })),
    el("label", { class: "card" }, el("input", { type: "checkbox", name: "confirm", required: true, "data-testid": "credit-confirm" }),
      el("span", {}, "Сведения о компании верны, с условиями кредита согласны")),
    smsField(),
    el("div", { class: "actions" },
      el("button", { class: "primary", "data-testid": "bank-credit-submit" }, "Подписать заявку"),
      refuseButton(where, person, doc), goBack(doc, "Уйти, не подписывая", "bank-leave")));
}

addEventListener("hashchange", () => start(false));
start(false);
