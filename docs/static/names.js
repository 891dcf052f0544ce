"use strict";
/* The theme's buttons that unfold a section have an icon alone: name them for screen readers. */
document.addEventListener("DOMContentLoaded", () => {
  for (const toggle of document.querySelectorAll("summary > .toctree-toggle")) {
    const link = toggle.closest("li")?.querySelector("a");
    toggle.parentElement.setAttribute("aria-label", `Pages below ${link ? link.textContent.trim() : "this one"}`);
  }
});
