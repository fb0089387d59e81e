/* Puts the newsroom's appeal where a page has <div data-readerfund="campaign">.
   It asks for nothing else, keeps nothing and leaves nothing behind. */
(() => {
  "use strict";
  const base = {{base}}, words = {{words}};

  /* The page's own name for itself, else its address without the query, in which
     a reader's tracks may stand. */
  const address = () => {
    try {
      const named = new URL(document.querySelector('link[rel~="canonical"]').href);
      if (named.origin === location.origin) return named.href;
    } catch { /* the page gives itself no name */ }
    return location.origin + location.pathname;
  };

  const styled = (root, style) => new Promise((done, failed) => {
    style.addEventListener("load", done, { once: true });
    style.addEventListener("error", failed, { once: true });
    root.append(style);
  });

  const show = async (place) => {
    const campaign = encodeURIComponent(place.dataset.readerfund);
    if (!campaign || place.shadowRoot) return;
    const page = address();
    try {
      const root = place.attachShadow({ mode: "open" });
      /* What the page has written there is seen until the appeal is whole. */
      const before = root.appendChild(document.createElement("slot"));
      const language = encodeURIComponent(place.closest("[lang]")?.lang ?? "");
      const answer = await fetch(`${base}/embed/${campaign}?lang=${language}`, { credentials: "omit" });
      if (!answer.ok) throw new Error(answer.statusText);
      const ask = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".readerfund");
      for (const field of ask.querySelectorAll('input[name="article"]')) field.value = page;
      await styled(root, ask.querySelector("link"));
      before.replaceWith(ask);
    } catch {
      if (place.querySelector("a")) return;
      const link = place.appendChild(document.createElement("a"));
      link.href = `${base}/donate/${campaign}?article=${encodeURIComponent(page)}`;
      link.textContent = words;
    }
  };

  const start = () => document.querySelectorAll("[data-readerfund]").forEach(show);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
  else start();
})();
