(() => {
  const control = (id) => document.getElementById(id);
  const table = control("entries");
  const rows = [...table.tBodies[0].rows];
  sortByHead(table, rows, (row) => [row]);

  /* Filtering: every word, and the values of the lists. Curves and the legend follow the table. */
  const lists = [...control("controls").querySelectorAll("select")];
  const filter = () => {
    const words = control("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = lists.every((list) => list.value === "" || list.value === row.dataset[list.id]);
      row.hidden = !fits || !words.every((word) => row.dataset.words.includes(word));
      shown += !row.hidden;
      for (const each of document.querySelectorAll(`[data-run="${row.dataset.key}"]`)) each.classList.toggle("away", row.hidden);
    }
    control("shown").textContent = `${shown} of ${rows.length}`;
    control("none").hidden = shown > 0;
  };
  for (const each of [control("search"), ...lists]) {
    for (const event of ["input", "change"]) each.addEventListener(event, filter);
  }
  control("controls").hidden = false;
  filter();
})();
