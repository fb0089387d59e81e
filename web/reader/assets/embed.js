/* Puts the newsroom's appeal where a page has <div data-readerfund="campaign">, and
   tells the newsroom when it was really seen. It asks for nothing else. Only while
   variants of an appeal are compared it keeps something: a number from 0 to 999,
   which thousands of readers share, so that a reader sees the same one again. */
(() => {
  "use strict";
  const base = {{base}}, words = {{words}};
  const key = "readerfund.bucket";

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
    style.onload = done;
    style.onerror = failed;
    root.append(style);
  });

  let bucket = "";
  try {
    bucket = (localStorage.getItem(key) ?? "").match(/^\d{1,3}$/)?.[0] ?? "";
  } catch { /* the page may keep nothing */ }

  const fragment = async (address) => {
    const sent = bucket;
    const answer = await fetch(bucket ? `${address}&bucket=${+bucket}` : address, { credentials: "omit" });
    if (answer.status === 404) {
      console.warn(await answer.text(), address);
      return null;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const ask = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".readerfund");
    if (sent || !("compared" in ask.dataset)) return ask;
    if (!bucket) {
      bucket = String(Math.floor(Math.random() * 1000));
      try {
        localStorage.setItem(key, bucket);
      } catch { /* then it holds for this page only */ }
    }
    return fragment(address);
  };

  /* The button says the preset that is chosen. Of one's own amount, or one with the
     fee, its plain words are true. */
  const follow = (form) => {
    const { frequency, currency, custom_amount: own } = form.elements;
    const group = form.querySelector(`.g-${frequency.value}-${currency.value}`);
    const plain = own.value.trim() || group.querySelector(".cover :checked");
    for (const e of form.querySelectorAll("[data-live]")) {
      const { live, plain: words = e.textContent } = e.dataset;
      e.dataset.plain = words;
      e.textContent = plain ? words : live.replace("[[amount]]", () => group.querySelector(":checked + label").textContent);
    }
  };

  /* What was told of the page that is open, under no name, and where a script that is
     loaded again finds it. */
  const mark = Symbol.for("readerfund");
  const told = document[mark] || (document[mark] = new Set());

  /* Once half of the ask, or 200 pixels of it, were on the screen for a second. */
  const watch = (ask, page) => {
    let shown = false, timer;
    const look = () => {
      clearTimeout(timer);
      if (shown && document.visibilityState === "visible") timer = setTimeout(tell, 1000);
    };
    const observer = new IntersectionObserver((changes) => {
      const c = changes[changes.length - 1];
      const now = c.isIntersecting && (c.intersectionRatio >= 0.5 || c.intersectionRect.height >= 200);
      if (now !== shown) { shown = now; look(); }
    }, { threshold: Array.from({ length: 21 }, (_, i) => i / 20) });
    const tell = () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", look);
      const { seen, campaign, appeal, variant } = ask.dataset;
      const what = `${page} ${appeal}`;
      if (told.has(what)) return;
      told.add(what);
      const body = new URLSearchParams({ placement: seen, campaign, appeal, variant, article: page });
      fetch(`${base}/seen`, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
    };
    document.addEventListener("visibilitychange", look);
    observer.observe(ask);
  };

  const show = async (place) => {
    const campaign = encodeURIComponent(place.dataset.readerfund);
    if (!campaign || place.shadowRoot) return;
    const page = address();
    /* Another article of a site that changes its page without loading one. */
    if (!told.has(page)) told.clear();
    told.add(page);
    try {
      const root = place.attachShadow({ mode: "open" });
      /* What the page has written there is seen until the appeal is whole. */
      const before = root.appendChild(document.createElement("slot"));
      const language = encodeURIComponent(place.closest("[lang]")?.lang ?? "");
      const ask = await fragment(`${base}/embed/${campaign}?lang=${language}`);
      if (!ask) return; // a campaign that does not ask has no page to link to
      const form = ask.querySelector("form");
      if (form) {
        form.addEventListener("input", () => follow(form));
        follow(form);
      }
      for (const field of ask.querySelectorAll('input[name="article"]')) field.value = page;
      const style = ask.querySelector("link");
      if (style) await styled(root, style);
      before.replaceWith(ask);
      watch(ask.querySelector("[data-seen]"), page);
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
