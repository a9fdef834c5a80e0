// Small comforts on top of pages that work without any of this.
(() => {
  "use strict";

  // A second click on a form that is already on its way does nothing. The server stands repeats as well; this
  // only spares the buyer a doubt. Nothing is disabled, so the pressed button's value still goes with the form.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
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

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      await navigator.clipboard.writeText(field.value);
      const said = document.getElementById(button.dataset.said);
      if (said) said.textContent = "Ссылка скопирована.";
    });
  }
})();
