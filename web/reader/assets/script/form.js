/* The form of the ask: it works without this, and is only quicker with it. */
(() => {
  "use strict";
  const kept = "readerfund.choice", given = "readerfund.gave", none = "[[amount]]";

  /* Without a place to keep things, nothing is kept. */
  const load = (key) => {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
  };
  const save = (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode */ }
  };

  /* What is typed, in minor units, or what is wrong with it. The server reads it
     again and decides; what only it can read is no problem here. */
  const read = (typed, code, c) => {
    let text = typed.replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (d) => d.charCodeAt(0) & 15)
      .replace(/\u066b/g, ".").replace(/[\u200e\u200f\u061c\ufeff]/g, "").replace(/[\s'\u2019\u066c]/g, " ").trim();
    const sign = [code, code.toLowerCase(), c.y].find((sign) => text.startsWith(sign) || text.endsWith(sign));
    if (sign) text = (text.startsWith(sign) ? text.slice(sign.length) : text.slice(0, -sign.length)).trim();
    if (!text) return {};
    if (/^[-\u2212]/.test(text)) return { wrong: "min" };
    if (/[^\d.,]/.test(text) && /\p{Nd}/u.test(text.replace(/\d/g, ""))) return {};
    if (!/^[\d., ]*\d[\d., ]*$/.test(text)) return { wrong: "number" };
    const spaced = /^\d{1,3}( \d{3})+([.,]\d*)?$/.test(text);
    if (spaced) text = text.replace(/ /g, "");
    const grouped = /^\d{1,3}([.,])\d{3}(?:(?:\1\d{3})+|(?=[.,])(?!\1))(?:(?!\1)[.,]\d*)?$/.exec(text);
    if (grouped) text = text.split(grouped[1]).join("");
    let [, whole, mark, rest] = /^(\d*)(?:([.,])(\d*))?$/.exec(text) || [];
    if (whole === undefined) return { wrong: "unclear" };
    rest = rest || "";
    if (rest.length === 3 && !grouped) {
      const thousands = mark === "," && !c.d;
      if (thousands ? spaced || !/^\d{1,3}$/.test(whole) : !spaced && +whole && (mark === "," || c.d !== 3)) return { wrong: "unclear" };
      if (thousands) [whole, rest] = [whole + rest, ""];
    }
    if (c.d) rest = rest.replace(/0+$/, "");
    if (rest.length > c.d) return { wrong: "unclear" };
    const minor = Number(whole + rest.padEnd(c.e, "0"));
    if (minor > c.max) return { wrong: "max" };
    if (minor < c.min) return { wrong: "min" };
    return minor % c.s ? { wrong: "unclear" } : { minor };
  };

  /* The least that is enough after the fee: see campaign/fees.go. */
  const withFee = (gift, c) => {
    const [share, fixed] = c.fee, million = 1e6, part = (million - share) * c.s;
    const enough = (total) => total - Math.floor((total * share + million / 2) / million) - fixed >= gift;
    let total = Math.floor(((gift + fixed) * million + part - 1) / part) * c.s;
    while (enough(total - c.s)) total -= c.s;
    return total;
  };

  const begin = (form) => {
    const data = JSON.parse(form.dataset.form), own = form.elements.custom_amount, live = form.querySelector(".live");
    delete form.dataset.form;
    const told = form.querySelector("#custom_amount-wrong");
    const labels = new Map([...form.querySelectorAll("[data-live], .n-own")].map((e) => [e, e.textContent]));
    const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value;
    const currency = () => data.in[chosen("currency")];
    const group = () => form.querySelector(`.g-${chosen("frequency")}-${chosen("currency")}`);
    const minorOf = (value, c) => Math.round(Number(value) * 10 ** c.e);

    const money = (minor, c) => {
      const all = String(minor).padStart(c.e + 1, "0");
      let digits = all.slice(all.length - c.e, all.length - c.e + c.d);
      if (!c.e || (digits.length < 3 && !/[1-9]/.test(digits))) digits = "";
      const whole = all.slice(0, all.length - c.e).replace(/\B(?=(\d{3})+$)/g, data.mark);
      const form = new Intl.PluralRules(data.lang, { minimumFractionDigits: digits.length }).select(minor / 10 ** c.e);
      return (c.sign[form] || c.sign.other).replace("#", () => whole + (digits && data.point + digits));
    };
    /* What the server said of an amount is said in the same place as what is said here. */
    const refused = told && { typed: own.value.trim(), code: chosen("currency"), why: told.textContent };
    told?.remove();
    const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

    const reason = (wrong, c) => fill(data.say[wrong], { eg: c.eg, min: money(c.min, c), max: money(c.max, c) });
    const covered = (gift, c) => fill(data.say.cover, { fee: money(withFee(gift, c) - gift, c), gift: money(gift, c) });

    /* The room that the longest of the sentences takes, which the style sheet keeps. */
    const room = (e, ...sentences) => {
      const longest = sentences.reduce((a, b) => (b.length > a.length ? b : a));
      if (e && e.dataset.room !== longest) e.dataset.room = longest;
    };
    const makeRoom = (c, shown) => {
      room(live.parentNode, refused?.why || "", ...["number", "unclear", "min", "max"].map((wrong) => reason(wrong, c)));
      if (c.fee) room(shown.querySelector(".cover label"), covered(c.max - c.s, c));
    };

    /* Words follow at once; that something is wrong is said when the hand rests. */
    const follow = (judge) => {
      const c = currency(), typed = own.value.trim(), shown = group();
      if (!c || !shown) return;
      const preset = shown.querySelector("input[type=radio]:checked");
      const gift = typed ? read(typed, chosen("currency"), c) : { minor: preset && minorOf(preset.value, c) };
      const again = refused && refused.typed === typed && refused.code === chosen("currency") && !gift.minor;
      const wrong = again ? refused.why : gift.wrong && reason(gift.wrong, c);
      const total = gift.minor && c.fee ? withFee(gift.minor, c) : gift.minor;
      const covers = c.fee && shown.querySelector(".cover input").checked;
      form.classList.toggle("typed", typed !== "");
      for (const [e, words] of labels) {
        let text = words;
        if (gift.minor && e.dataset.live) text = e.dataset.live.replace(none, () => money(covers ? total : gift.minor, c));
        else if (gift.minor && typed && c.fee && shown.contains(e)) text = covered(gift.minor, c);
        if (e.textContent !== text) e.textContent = text;
      }
      makeRoom(c, shown);
      if (!wrong || judge) {
        live.textContent = wrong || "";
        if (wrong) own.setAttribute("aria-invalid", "true");
        else own.removeAttribute("aria-invalid");
      }
    };

    const remember = () => {
      const typed = own.value.trim(), preset = group()?.querySelector("input[type=radio]:checked");
      save(kept, { f: chosen("frequency"), c: chosen("currency"), a: typed || preset?.value, own: typed !== "" });
    };
    /* What an address or the server says goes before what was chosen long ago. */
    const recall = () => {
      const was = load(kept), named = new URLSearchParams(location.search).has("currency");
      const pick = (name, value) => {
        const radio = [...form.querySelectorAll(`[name="${name}"]`)].find((r) => r.value === value);
        if (radio) radio.checked = true;
        return Boolean(radio);
      };
      if (form.querySelector(".problems") || !was.f || !pick("frequency", was.f) || (named ? chosen("currency") !== was.c : !pick("currency", was.c))) return;
      const preset = [...group().querySelectorAll("input[type=radio]")].find((r) => r.value === was.a);
      if (preset && !was.own) preset.checked = true;
      else if (was.own && typeof was.a === "string") own.value = was.a.slice(0, 40);
    };

    let rest;
    own.setAttribute("aria-describedby", `${live.id} custom_amount-range`);
    form.addEventListener("input", (e) => {
      if (e.target === own) {
        clearTimeout(rest);
        rest = setTimeout(follow, 900, true);
      }
      if (e.target.closest(".group") && e.target.type === "radio") own.value = "";
      if (e.target.closest(".cover")) for (const box of form.querySelectorAll(".cover input")) box.checked = e.target.checked;
      follow(e.target !== own);
    });
    form.addEventListener("change", (e) => {
      if (e.target === own) {
        clearTimeout(rest);
        follow(true);
      }
      if (e.target === own || e.target.type === "radio") remember();
    });
    addEventListener("pageshow", () => follow(true));
    recall();
    follow(true);
  };

  /* One press, one gift: until the answer is there, or the reader is back. */
  let sent;
  addEventListener("submit", (e) => {
    if (new URL(e.target.action, location).pathname !== "/donate") return;
    if (sent === e.target) e.preventDefault();
    sent = e.target;
    setTimeout(() => { sent = null; }, 10000);
  });
  addEventListener("pageshow", () => { sent = null; });

  /* The form is filled in before it is drawn, so that nothing changes under the
     reader's eyes: as soon as the parser has passed its button, which on a slow line
     stands there for a while with half of its words. */
  const look = () => {
    for (const form of document.querySelectorAll("form[data-form]")) if (form.querySelector("button + *")) begin(form);
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { childList: true, subtree: true });
  addEventListener("DOMContentLoaded", () => {
    watch.disconnect();
    look();
    const { at: was } = load(given);
    for (const { dataset } of document.querySelectorAll("[data-lost]")) {
      const [from, to] = dataset.lost.split(" ");
      if (was >= from && was <= to) localStorage.removeItem(given);
    }
    const gift = document.querySelector("[data-gave-at]");
    if (!gift) return;
    const at = Number(gift.dataset.gaveAt);
    if (!(load(given).at >= at)) save(given, { at, kind: gift.dataset.gaveKind });
  });
})();
