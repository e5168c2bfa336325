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

  const trouble = (shown) => {
    document.getElementById("trouble").hidden = !shown;
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => trouble(true));
  }
  document.addEventListener("htmx:beforeRequest", () => trouble(false));
}
