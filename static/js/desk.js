// What every page needs: the reader's time zone, focus and announcements after a swap, word of a failed request.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  }

  const within = (node, selector) => (node.matches(selector) ? node : node.querySelector(selector));

  const announce = (text) => {
    const region = document.getElementById("announcer");
    region.textContent = "";
    // A moment later, so that the same words are read out again.
    setTimeout(() => (region.textContent = text), 50);
  };

  // awork's suggestion fills a name that is empty, or that holds the suggestion for another address.
  const suggest = ({ dataset: { suggestFor, value } }) => {
    const field = document.getElementById(suggestFor);
    if (field.value === value || (field.value && field.value !== field.dataset.suggested)) return;
    const replaced = field.value !== "";
    field.value = field.dataset.suggested = value;
    if (replaced) field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("input", ({ target }) => delete target.dataset.suggested);

  // htmx sends this for the page itself and for every fragment that it swaps in.
  document.addEventListener("htmx:load", ({ target }) => {
    if (target.matches("[data-suggest-for]")) return suggest(target);
    const news = within(target, "[data-announce], [data-count]");
    if (news && target !== document.body) announce(news.dataset.announce || news.textContent.trim());
    const wanted = within(target, "[data-focus]");
    if (!wanted) return;
    if (wanted.tabIndex < 0 && !wanted.hasAttribute("tabindex")) wanted.tabIndex = -1;
    wanted.focus();
  });

  // With the request id, if the request came that far.
  const showRequestError = (shown, requestId = "") => {
    const box = document.getElementById("request-error");
    const id = box.querySelector("[data-request-id]");
    id.textContent = requestId;
    id.parentElement.hidden = !requestId;
    box.hidden = !shown;
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, ({ detail: { xhr } }) => showRequestError(true, xhr?.getResponseHeader("X-Request-ID") ?? ""));
  }
  document.addEventListener("htmx:beforeRequest", () => showRequestError(false));
}

// An editable combobox with a list popup (WAI-ARIA) over a search field and the links that the server answers with.
// Without this script they stay a field and a list of links. htmx asks and swaps; this decides when, and which is active.
{
  const PAUSE = 250; // ms without typing before a question is asked

  // An input method takes the key. Safari ends the composition before the Enter that did so, and only says 229.
  const isComposing = (event) => event.isComposing || event.keyCode === 229;

  const upgrade = (root, input) => {
    const panel = document.querySelector(input.getAttribute("hx-target"));
    const options = () => [...panel.querySelectorAll("li")];
    let active = null;
    let asked = input.value.trim();
    let answered = asked; // what the options on show are for
    let eager = false; // Enter was pressed before the answer came
    let timer = 0;

    const mark = (option) => {
      active?.setAttribute("aria-selected", "false");
      active = option ?? null;
      active?.setAttribute("aria-selected", "true");
      active?.scrollIntoView({ block: "nearest" });
      if (active) input.setAttribute("aria-activedescendant", active.id);
      else input.removeAttribute("aria-activedescendant");
    };

    const show = (open) => {
      panel.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      if (!open) mark(null);
    };

    // Links inside options would be stops of their own; they stay clickable for htmx.
    const dress = () => {
      const list = panel.querySelector("ul");
      if (!list) return input.removeAttribute("aria-controls");
      list.role = "listbox";
      list.tabIndex = -1; // no stop of its own, though it scrolls
      input.setAttribute("aria-controls", list.id);
      for (const option of options()) {
        option.role = "option";
        option.ariaSelected = "false";
        const link = option.querySelector("a");
        link?.removeAttribute("href");
        link?.removeAttribute("tabindex");
      }
    };

    const ask = () => {
      clearTimeout(timer);
      const words = input.value.trim();
      if (words === asked) return;
      asked = words;
      input.dispatchEvent(new Event("ask"));
    };

    const choose = () => {
      const all = options();
      eager = answered !== input.value.trim();
      if (eager) ask();
      else (active ?? (all.length === 1 ? all[0] : null))?.querySelector("a").click();
    };

    const move = (step) => {
      const all = options();
      if (panel.hidden) show(true);
      const from = active ? all.indexOf(active) : step > 0 ? -1 : 0;
      mark(all[(from + step + all.length) % all.length]);
    };

    const keys = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Home: () => active && (mark(options()[0]), true),
      End: () => active && (mark(options().at(-1)), true),
      Enter: () => choose(),
      Escape: () => !panel.hidden && (show(false), true),
    };

    input.addEventListener("keydown", (event) => {
      if (isComposing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
      const handled = keys[event.key] && keys[event.key]();
      // null and false leave the key to the field: the caret moves, a second Escape empties it.
      if (keys[event.key] && handled !== null && handled !== false) event.preventDefault();
    });
    input.addEventListener("input", ({ inputType }) => {
      mark(null);
      eager = false;
      clearTimeout(timer);
      if (inputType === "insertFromPaste" || inputType === "insertFromDrop") ask();
      else timer = setTimeout(ask, PAUSE);
    });
    for (const name of ["focus", "click"]) input.addEventListener(name, () => show(true));
    root.addEventListener("focusout", ({ relatedTarget }) => root.contains(relatedTarget) || show(false));
    // The field keeps the focus while an option is clicked.
    panel.addEventListener("mousedown", (event) => event.preventDefault());
    panel.addEventListener("htmx:afterSwap", ({ target }) => {
      if (target !== panel) return;
      dress();
      mark(null);
      show(document.activeElement === input);
    });
    panel.addEventListener("htmx:afterSettle", () => {
      answered = asked;
      if (eager) choose();
    });
    for (const name of ["htmx:responseError", "htmx:sendError"]) {
      input.addEventListener(name, () => (asked = null));
    }

    input.type = "text"; // a search field may not be a combobox
    input.role = "combobox";
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("hx-trigger", "ask");
    root.classList.add("live");
    panel.classList.add("popup");
    dress();
    show(document.activeElement === input);
  };

  // Before htmx reads the attributes of a field, on the page as in what it swaps in.
  document.addEventListener("htmx:beforeProcessNode", ({ target }) => {
    const root = target.matches("input") && target.closest("[data-combobox]");
    if (root && !root.classList.contains("live")) upgrade(root, target);
  });
}
