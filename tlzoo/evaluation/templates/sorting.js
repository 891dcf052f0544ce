"use strict";
/* Sort rows of a table by the button in a column's head. Unknown values come last in both directions. */
const sortByHead = (table, items, rowsOf) => {
  const body = table.tBodies[0];
  const row = (item) => rowsOf(item)[0];
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const was = head.getAttribute("aria-sort");
      const descends = was ? was === "ascending" : head.dataset.first === "descending";
      for (const each of table.tHead.querySelectorAll("th")) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descends ? "descending" : "ascending");
      const key = (item) => row(item).cells[head.cellIndex].dataset.value;
      const sorted = [...items].sort((one, other) => {
        const [a, b] = [key(one), key(other)];
        if (a === "" || b === "") return (a === "") - (b === "");
        const order = isNaN(a) || isNaN(b) ? a.localeCompare(b, "en", { numeric: true }) : a - b;
        return descends ? -order : order;
      });
      body.prepend(...sorted.flatMap(rowsOf));
    });
  }
};
