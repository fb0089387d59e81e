/* What must be known before anything is drawn: nothing that the reader sees may move later.
   It runs in the head and marks the root element; the style sheet does the rest. What it
   remembers stays in this browser: which asks were seen and when, which were put away.
   data-asks has an entry for each place, "strip appeal views days away"; data-thank the days
   that a single gift and a recurring one are thanked for. */
(function () {
  "use strict";
  var own = document.currentScript, root = document.documentElement;
  if (!own || own.getAttribute("data-asks") === null) return;
  var KEY = "readerfund.asked", DAY = 86400, MOST = 50, now = Math.floor(Date.now() / 1000);

  function stored(key) {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch (e) { return {}; } // no storage, or not ours
  }
  // A clock that was set back must not keep an entry for ever.
  function within(at, days) { return typeof at === "number" && at > now - days * DAY && at < now + DAY; }
  function entries(list) {
    return Array.isArray(list) ? list.filter(function (e) { return Array.isArray(e) && typeof e[0] === "string" && within(e[1], 400); }) : [];
  }
  function recent(list, name, days) {
    return entries(list).filter(function (e) { return e[0] === name && within(e[1], days); }).length;
  }
  function note(kind, name) {
    var kept = stored(KEY), log = {seen: entries(kept.seen), away: entries(kept.away)};
    log[kind] = log[kind].filter(function (e) { return kind === "seen" || e[0] !== name; });
    log[kind].push([name, Math.floor(Date.now() / 1000)]);
    log[kind] = log[kind].slice(-MOST);
    try { localStorage.setItem(KEY, JSON.stringify(log)); } catch (e) { /* then it is not remembered */ }
  }

  var asked = stored(KEY), gift = stored("readerfund.gave");
  var thank = (own.getAttribute("data-thank") || "").split(" ");
  var gave = within(gift.at, +thank[gift.kind === "one_time" ? 0 : 1]);
  if (gave) root.className += gift.kind === "one_time" ? " gave" : " gave gives";
  var places = {};
  own.getAttribute("data-asks").split(";").forEach(function (entry) {
    var p = entry.split(" ");
    if (p.length !== 5) return;
    // Thanks are counted by themselves: whoever was asked often enough is thanked all the same.
    var name = gave ? "thanks" : p[1];
    places[p[0]] = {name: name, days: +p[4]};
    var often = +p[2] > 0 && recent(asked.seen, name + " " + p[0], +p[3]) >= +p[2];
    if (often || recent(asked.away, name, +p[4])) root.className += " no-" + p[0];
  });

  // Seen is what the count of views calls so: half of it, or 200 pixels, for a second.
  function watch(element, then) {
    if (!window.IntersectionObserver) return;
    var timer = 0, shown = false;
    function later() {
      timer = setTimeout(function () {
        if (!shown) return;
        if (document.visibilityState !== "visible") return later();
        observer.disconnect();
        then();
      }, 1000);
    }
    var observer = new IntersectionObserver(function (changes) {
      var c = changes[changes.length - 1], before = shown;
      shown = c.isIntersecting && (c.intersectionRatio >= 0.5 || c.intersectionRect.height >= 200);
      if (shown && !before) { clearTimeout(timer); later(); }
    }, {threshold: [0, 0.25, 0.5, 0.75, 1]});
    observer.observe(element);
  }

  document.addEventListener("DOMContentLoaded", function () {
    var all = Array.prototype.slice.call(document.querySelectorAll(".place"));
    all.forEach(function (element, at) {
      var kind = Object.keys(places).filter(function (k) { return element.classList.contains(k); })[0];
      if (!kind) return;
      var place = places[kind], box = element.querySelector(".away");
      watch(element, function () { note("seen", place.name + " " + kind); });
      if (box) box.addEventListener("change", function () {
        if (place.days > 0) note("away", place.name);
        // What follows says the same; what stands above stays, or the page would jump.
        all.slice(at + 1).forEach(function (e) {
          if (gave || e.getAttribute("data-of") === element.getAttribute("data-of")) e.hidden = true;
        });
      });
    });
  });
})();
