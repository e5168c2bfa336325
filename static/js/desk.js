const focusOn = (node) => {
  if (node.tabIndex < 0 && !node.hasAttribute("tabindex")) node.tabIndex = -1;
  node.focus();
};

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

  // A link that names the form as it is: copied where the browser lets us, else it opens.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-copy]");
    if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(() => {
      announce(link.dataset.copy);
      link.dataset.copied = link.dataset.copy;
      setTimeout(() => delete link.dataset.copied, 3000);
    }, () => location.assign(link.href));
  });

  // What was pasted becomes the address in it, unless the user has typed on.
  const replaceWith = ({ dataset: { replace, from, value } }) => {
    const field = document.getElementById(replace);
    if (field.value === from && field.value !== value) field.value = value;
  };

  // htmx sends this for the page itself and for every fragment that it swaps in.
  document.addEventListener("htmx:load", ({ target }) => {
    if (target.matches("[data-replace]")) return replaceWith(target);
    if (target.matches("[data-suggest-for]")) return suggest(target);
    const news = within(target, "[data-announce], [data-count]");
    if (news && target !== document.body) announce(news.dataset.announce || news.textContent.trim());
    const wanted = within(target, "[data-focus]");
    if (!wanted) return;
    const left = wanted.closest("[data-left]");
    if (left) return delete left.dataset.left; // the user has gone on to another field
    focusOn(document.getElementById(wanted.dataset.focus) ?? wanted);
  });

  // With the request id, if the request came that far.
  const showRequestError = (shown, requestId = "") => {
    const box = document.getElementById("request-error");
    const id = box.querySelector("[data-request-id]");
    id.textContent = requestId;
    id.parentElement.hidden = !requestId;
    box.hidden = !shown;
  };
  // A page that asks for news by itself says once that it got none, until it gets some.
  const isPoll = (target) => target.matches("[data-poll]");
  const isErrorShown = () => !document.getElementById("request-error").hidden;
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, ({ target, detail: { xhr } }) => {
      if (isPoll(target) && isErrorShown()) return;
      showRequestError(true, xhr?.getResponseHeader("X-Request-ID") ?? "");
    });
  }
  document.addEventListener("htmx:beforeRequest", ({ target }) => isPoll(target) || showRequestError(false));
  document.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && showRequestError(false));

  // What is the same stays as it is: the focus, and where a screen reader reads.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    detail.shouldSwap = !detail.fragment.firstElementChild?.isEqualNode(detail.target);
  });
}

// Forms that take seconds say what they are doing, without htmx.
{
  const progress = () => document.getElementById("progress");
  document.addEventListener("submit", ({ target }) => {
    if (!target.dataset.slow) return;
    progress().classList.add("htmx-request");
    document.getElementById("announcer").textContent = target.dataset.slow;
  });
  // Going back shows the page as it was left.
  addEventListener("pageshow", () => progress().classList.remove("htmx-request"));
}

// A response waits until a press has ended: nothing moves or goes between pressing and letting go.
{
  let isPressed = false;
  let held = [];

  const letGo = () => {
    isPressed = false;
    for (const answer of held.splice(0)) answer();
  };
  document.addEventListener("pointerdown", () => (isPressed = true));
  // A moment later, so that the click comes first.
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => setTimeout(letGo, 50));
  addEventListener("blur", letGo);

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!isPressed) return;
    const { detail } = event;
    event.preventDefault();
    detail.keepIndicators = true; // it still counts as under way
    held.push(() => {
      detail.keepIndicators = false;
      detail.xhr.onload();
    });
  });
}

// The invite form sends what the panel shows. Enter in a field brings the panel up to date; a press on the button waits
// for it, and counts.
{
  let isBehind = false; // something was entered that the panel doesn't show yet
  let wantsToSend = false;

  const form = () => document.getElementById("invite");
  const button = () => document.getElementById("send");
  const isBusy = () => document.querySelector("#progress.htmx-request") !== null;

  const catchUp = () => {
    if (!form()) wantsToSend = false;
    else if (isBusy()) return; // its end calls this again
    else if (isBehind) htmx.trigger("#panel", "refresh");
    else if (wantsToSend) form().requestSubmit(button());
  };

  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => (isBehind ||= target.closest("#who") !== null));
  }
  document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
    if (target.id === "panel" || ["task-part", "invite-page"].includes(detail.target.id)) isBehind = false;
  });
  document.addEventListener("htmx:afterSettle", () => setTimeout(catchUp));
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => (wantsToSend = false));
  }

  // Before htmx hears of it.
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    const isDenied = button().ariaDisabled === "true";
    wantsToSend = isBehind || isBusy();
    if (!wantsToSend && !isDenied) return;
    event.preventDefault();
    event.stopPropagation();
    if (wantsToSend) catchUp();
    else focusOn(document.getElementById("verdict"));
  }, true);

  document.addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey } = event;
    if (key !== "Enter" || event.isComposing || event.keyCode === 229 || !target.closest("#invite")) return;
    if (ctrlKey || metaKey) {
      event.preventDefault();
      target.blur(); // what was entered counts, as if the field were left
      form().requestSubmit(button());
    } else if (target.matches("#who input, #who select")) {
      event.preventDefault();
      catchUp();
    }
  });

  // What the panel says also holds for the button.
  document.addEventListener("htmx:load", () => {
    const verdict = document.getElementById("verdict");
    if (verdict) button().ariaDisabled = String(verdict.dataset.verdict === "denied");
  });
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
    let left = false; // the field was left with something in it
    let chosen = false; // a task was clicked: the field is about to go, which is no leaving
    let timer = 0;
    // The page begins with the focus here, and the list closed: it would cover the roles.
    let quiet = input.autofocus && document.activeElement !== input;

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

    // A key or link that names one task counts as soon as the field is left.
    const leave = () => {
      show(false);
      left = !chosen && input.value.trim() !== "";
      if (left && answered !== input.value.trim()) return ask();
      const named = left && panel.querySelector("[data-named] a");
      left = false;
      if (!named) return;
      input.closest("#task-part").dataset.left = "";
      named.click();
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
      eager = left = false;
      clearTimeout(timer);
      if (inputType === "insertFromPaste" || inputType === "insertFromDrop") ask();
      else timer = setTimeout(ask, PAUSE);
    });
    input.addEventListener("click", () => show(true));
    input.addEventListener("focus", () => {
      show(!quiet);
      quiet = false;
    });
    root.addEventListener("focusout", ({ relatedTarget }) => root.contains(relatedTarget) || leave());
    panel.addEventListener("click", ({ target }) => (chosen ||= target.closest("a") !== null));
    // The field keeps the focus while an option is clicked.
    panel.addEventListener("mousedown", (event) => event.preventDefault());
    panel.addEventListener("htmx:afterSwap", ({ target }) => {
      if (target !== panel) return;
      dress();
      mark(null);
      show(document.activeElement === input);
    });
    panel.addEventListener("htmx:afterSettle", ({ detail }) => {
      if (detail.requestConfig.elt === input) answered = detail.requestConfig.parameters[input.name].trim();
      if (eager) choose();
      else if (left) leave();
    });
    for (const name of ["htmx:responseError", "htmx:sendError"]) {
      input.addEventListener(name, () => (asked = null));
      panel.addEventListener(name, () => (chosen = false));
    }

    input.type = "text"; // a search field may not be a combobox
    input.role = "combobox";
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("hx-trigger", "ask");
    root.classList.add("live");
    panel.classList.add("popup");
    dress();
    show(document.activeElement === input && !input.autofocus);
  };

  // Before htmx reads the attributes of a field, on the page as in what it swaps in.
  document.addEventListener("htmx:beforeProcessNode", ({ target }) => {
    const root = target.matches("input") && target.closest("[data-combobox]");
    if (root && !root.classList.contains("live")) upgrade(root, target);
  });
}
