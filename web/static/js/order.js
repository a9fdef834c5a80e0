// Keeps an open order page in step with what the shop learns from the bank.
(() => {
  "use strict";

  const watched = document.querySelector("[data-events]");
  if (!watched || !window.EventSource) return;

  const said = document.getElementById("order-said");
  let shown = document.querySelector("[data-testid=order-status]")?.textContent.trim();
  let busy = false;
  let again = false;

  // Only the parts that follow the bank are replaced: a choice being made in the payment form stays untouched.
  // When the form itself has come or gone, the page is another one and is loaded anew.
  async function refresh() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (!answer.ok || answer.redirected) return location.reload();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (Boolean(fresh.getElementById("pay")) !== Boolean(document.getElementById("pay"))) return location.reload();
      const status = fresh.querySelector("[data-testid=order-status]")?.textContent.trim();
      for (const part of document.querySelectorAll("[data-live]")) {
        const next = fresh.getElementById(part.id);
        if (!next) return location.reload();
        if (part.innerHTML !== next.innerHTML) swap(part, next);
      }
      if (said && status && status !== shown) said.textContent = "Состояние заказа: " + status;
      shown = status;
    } catch {
      // The network is away: the next event, or a reload by the buyer, tries again.
    } finally {
      busy = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  // Focus inside a replaced part goes to the same control of the new one, or to the page when there is none.
  function swap(part, next) {
    const held = part.contains(document.activeElement) ? document.activeElement.dataset.testid : "";
    part.replaceChildren(...next.childNodes);
    if (!held) return;
    const control = part.querySelector(`[data-testid="${held}"]`) || document.getElementById("main");
    control.focus({ preventScroll: true });
  }

  let source;
  const open = () => {
    source = new EventSource(watched.dataset.events);
    source.addEventListener("changed", refresh);
  };
  open();

  // A page kept in memory by the browser must not hold a connection, and is old when it is shown again.
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    open();
    refresh();
  });
})();
