// Small comforts on top of pages that work without any of this.
(() => {
  "use strict";

  // A second click on a form that is already on its way does nothing. The server stands repeats as well; this
  // only spares the buyer a doubt. Nothing is disabled, so the pressed button's value still goes with the form.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Not form.method: a control named «method» would answer in its place.
    if (form.getAttribute("method") !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter || form.querySelector("button[type=submit]");
    if (button) button.setAttribute("aria-busy", "true");
  });

  // «Back» may show this very page again from the browser's memory: it must be usable.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  });

  // A page that came back with mistakes says so to those who do not see it.
  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();

  // Buttons that need a script are shown by this class; clicks are heard at the top, because parts of an order page
  // are replaced while it is open.
  document.documentElement.classList.add("js");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-print], [data-copy]");
    if (!button) return;
    if ("print" in button.dataset) window.print();
    else copy(document.getElementById(button.dataset.copy), document.getElementById(button.dataset.said));
  });

  async function copy(field, said) {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Ссылка скопирована.";
    } catch {
      said.textContent = "Ссылка выделена: скопируйте её.";
    }
  }
})();
