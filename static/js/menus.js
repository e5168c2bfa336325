// Menus close by Escape, by a press elsewhere, and when what they asked for has come.
{
  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(but)) menu.open = false;
  };
  document.addEventListener("click", ({ target }) => closeMenus(target));
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    for (const menu of detail.requestConfig.elt.querySelectorAll("details.menu[open]")) menu.open = false;
  });
  document.addEventListener("keydown", ({ target, key }) => {
    const menu = key === "Escape" && target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
