/* Tells that an ask was really seen: half of it, or 200 pixels, on the screen for a second.
   It keeps nothing, and says nothing of the reader. */
(function () {
  "use strict";
  if (!window.IntersectionObserver || !navigator.sendBeacon || !window.URLSearchParams) return;

  function start() {
    var told = {}, waits = [];

    function tell(wait) {
      observer.unobserve(wait.element);
      var d = wait.element.dataset, view = new URLSearchParams();
      if (told[d.seen]) return;
      told[d.seen] = true;
      ["campaign", "appeal", "variant", "article"].forEach(function (name) { view.set(name, d[name]); });
      view.set("placement", d.seen);
      navigator.sendBeacon("/seen", view);
    }
    // The second begins anew whenever the ask or the page goes out of sight.
    function look(wait) {
      clearTimeout(wait.timer);
      if (wait.shown && document.visibilityState === "visible") wait.timer = setTimeout(tell, 1000, wait);
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
    document.addEventListener("visibilitychange", function () { waits.forEach(look); });
  }

  document.addEventListener("DOMContentLoaded", start);
})();
