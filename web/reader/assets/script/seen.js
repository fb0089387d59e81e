/* Tells which asks were really seen: half of one, or 200 pixels, on the screen for a second.
   It tells of all of them at once when the page goes out of sight, so that a page costs its
   reader one request for this and not one for each. It keeps nothing, and says nothing of the
   reader. */
(function () {
  "use strict";
  if (!window.IntersectionObserver || !navigator.sendBeacon || !window.URLSearchParams) return;

  function start() {
    var known = {}, untold = [], waits = [];

    function note(wait) {
      observer.unobserve(wait.element);
      var d = wait.element.dataset;
      if (known[d.seen]) return;
      known[d.seen] = true;
      untold.push(d);
    }
    // The fields of each stand in the same order: the second campaign is that of the second placement.
    function tell() {
      var views = new URLSearchParams();
      untold.forEach(function (d) {
        ["campaign", "appeal", "variant", "article"].forEach(function (name) { views.append(name, d[name]); });
        views.append("placement", d.seen);
      });
      // What a browser does not take is told the next time.
      if (untold.length && navigator.sendBeacon("/seen", views)) untold = [];
    }
    // The second begins anew whenever the ask or the page goes out of sight.
    function look(wait) {
      clearTimeout(wait.timer);
      if (wait.shown && document.visibilityState === "visible") wait.timer = setTimeout(note, 1000, wait);
    }

    var steps = [];
    for (var i = 0; i <= 20; i++) steps.push(i / 20);
    var observer = new IntersectionObserver(function (changes) {
      changes.forEach(function (c) {
        waits.forEach(function (wait) {
          if (wait.element !== c.target) return;
          var shown = c.isIntersecting && (c.intersectionRatio >= 0.5 || c.intersectionRect.height >= 200);
          if (shown === wait.shown) return;
          wait.shown = shown;
          look(wait);
        });
      });
    }, {threshold: steps});
    document.querySelectorAll("[data-seen]").forEach(function (element) {
      if (getComputedStyle(element).visibility === "hidden") return; // thanks stand in its place
      waits.push({element: element, shown: false, timer: 0});
      observer.observe(element);
    });
    document.addEventListener("visibilitychange", function () {
      waits.forEach(look);
      if (document.visibilityState === "hidden") tell();
    });
    // Some browsers leave a page for another one without saying that it is out of sight.
    addEventListener("pagehide", tell);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
