/* Keeps the figures of a goal fresh on a page that stays open, while they can be
   seen. Nothing moves: figures that would need more room wait for the next page. */
(() => {
  "use strict";
  const every = 12000;

  const show = (goal, now) => {
    const high = goal.offsetHeight, told = goal.querySelectorAll("[data-say]"), before = [...told].map((e) => e.textContent);
    told.forEach((e) => { e.textContent = now[e.dataset.say]; });
    if (goal.offsetHeight !== high) return told.forEach((e, i) => { e.textContent = before[i]; });
    goal.querySelector("progress").value = now.value;
  };

  const follow = (goal) => {
    let seen = false;
    new IntersectionObserver((all) => { seen = all[all.length - 1].isIntersecting; }).observe(goal);
    setInterval(async () => {
      if (!seen || document.visibilityState !== "visible") return;
      try {
        const answer = await fetch(goal.dataset.goal);
        if (answer.status === 200) show(goal, await answer.json());
      } catch { /* the figures of before stay */ }
    }, every);
  };

  document.addEventListener("DOMContentLoaded", () => {
    if ("IntersectionObserver" in window) document.querySelectorAll("[data-goal]").forEach(follow);
  });
})();
