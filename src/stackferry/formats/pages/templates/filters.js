
"use strict";
(() => {
  if (!document.querySelector(".filters")) return;
  const cards = Array.from(document.querySelectorAll(".item"));
  const found = cards.map((card) => card.textContent.toLowerCase());
  const selects = Array.from(document.querySelectorAll("select[data-filter]"));
  const values = (card, name) => JSON.parse(card.dataset[name]);
  const chosen = (select) => JSON.parse(select.selectedOptions[0].dataset.value);
  const input = document.getElementById("words");
  const count = document.getElementById("count");
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card, place) => {
      const ok = words.every((word) => found[place].includes(word))
        && selects.every((one) => one.selectedIndex === 0 || values(card, one.dataset.filter).includes(chosen(one)));
      card.hidden = !ok;
      shown += ok;
    });
    count.textContent = `${shown} of ${cards.length} shown`;
  };
  const open = (is) => document.querySelectorAll("details").forEach((one) => { one.open = is; });
  document.querySelector(".filters").addEventListener("input", show);
  for (const [id, is] of [["open", true], ["close", false]]) {
    document.getElementById(id)?.addEventListener("click", () => open(is));
  }
  window.addEventListener("beforeprint", () => open(true));
  show();
})();
