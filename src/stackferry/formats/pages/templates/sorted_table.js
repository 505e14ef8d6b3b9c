"use strict";
(() => {
  const body = document.querySelector(".attempts tbody");
  const rows = Array.from(body.rows);
  const found = rows.map((row) => row.textContent.toLowerCase());
  const input = (id) => document.getElementById(id);
  const marks = (row) => JSON.parse(row.dataset.marks);
  const selects = { definition: (row) => [row.dataset.definition], stage: (row) => [row.dataset.stage],
    status: (row) => [row.dataset.status], mark: marks };
  for (const [id, values] of Object.entries(selects)) {
    const all = new Set(rows.flatMap(values));
    input(id).append(new Option("all", "all"));
    Array.from(all).sort().forEach((value) => input(id).append(new Option(value.slice(0, 80), "=" + value)));
  }
  const show = () => {
    const words = input("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const since = input("since").value, until = input("until").value;
    let count = 0;
    rows.forEach((row, place) => {
      const queued = row.dataset.queued;
      const ok = words.every((word) => found[place].includes(word))
        && Object.entries(selects).every(([id, values]) =>
          input(id).value === "all" || values(row).includes(input(id).value.slice(1)))
        && (!since || !queued || queued >= since) && (!until || !queued || queued < until);
      row.hidden = !ok;
      count += ok;
    });
    input("count").textContent = `${count} of ${rows.length} attempts`;
  };
  const order = new Intl.Collator();
  const compare = (one, other) => {
    const left = Number(one), right = Number(other);
    return one !== "" && other !== "" && !isNaN(left) && !isNaN(right) ? left - right : order.compare(one, other);
  };
  document.querySelectorAll(".attempts thead th").forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      document.querySelectorAll(".attempts thead th").forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keyed = Array.from(body.rows, (row) => [row.cells[column].dataset.key, row]);
      keyed.sort(([one], [other]) => compare(one, other) * (down ? -1 : 1));
      body.replaceChildren();  // all at once: one after the other takes browsers seconds
      body.append(...keyed.map(([, row]) => row));
    });
  });
  document.querySelector(".filters").addEventListener("input", show);
  show();
})();
