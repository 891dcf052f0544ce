(() => {
  const table = document.getElementById("entries");
  const body = table.tBodies[0];
  const entries = [...body.querySelectorAll("tr.entry")].map((row) => ({ row, card: row.nextElementSibling, opens: row.querySelector("button.opens") }));
  const control = (id) => document.getElementById(id);
  const parameters = [...table.tHead.rows[0].cells].findIndex((head) => head.textContent.trim() === "Parameters");

  /* Cards: folded until their id is chosen. */
  const open = (each, isOpen) => {
    each.opens.setAttribute("aria-expanded", isOpen);
    each.row.classList.toggle("open", isOpen);
    each.card.hidden = !isOpen || each.row.hidden;
  };
  for (const each of entries) {
    open(each, false);
    each.opens.addEventListener("click", () => open(each, each.opens.getAttribute("aria-expanded") !== "true"));
  }

  sortByHead(table, entries, (each) => [each.row, each.card]);

  /* Filtering: every word, the modality, where the weights are, and the number of parameters. */
  const filter = () => {
    const words = control("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const most = control("most").value === "" ? Infinity : 1e6 * control("most").value;
    let shown = 0;
    for (const each of entries) {
      const { words: known, modality, weights } = each.row.dataset;
      const count = each.row.cells[parameters].dataset.value;
      const fits = (id, value) => !control(id) || control(id).value === "" || control(id).value === value;
      const plain = known + " " + known.replace(/[^a-z0-9]+/g, " ");
      each.row.hidden = !words.every((word) => plain.includes(word)) || !fits("modality", modality) || !fits("weights", weights) || (most !== Infinity && (count === "" || count > most));
      each.card.hidden = each.row.hidden || each.opens.getAttribute("aria-expanded") !== "true";
      shown += !each.row.hidden;
    }
    control("shown").textContent = `${shown} of ${entries.length}`;
    control("none").hidden = shown > 0;
  };
  for (const id of ["search", "modality", "weights", "most"]) {
    for (const event of ["input", "change"]) control(id)?.addEventListener(event, filter);
  }
  control("controls").hidden = false;
  filter();
})();
