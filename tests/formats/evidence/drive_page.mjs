// Runs the script of a page on the least of a document that it needs: what the parser of the test saw of the page.
// Reads {script, columns, rows: [{dataset, text, keys}], steps: [{set: {id: value}} | {click: column}]} from stdin;
// prints after each step which rows are shown, in their order, and what the count says.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const page = JSON.parse(readFileSync(0, "utf8"));
const listeners = new Map();
const heard = (name) => ({ addEventListener: (_, run) => listeners.set(name, run) });

const rows = page.rows.map(({ dataset, text, keys }, number) => ({
  dataset, number, textContent: text, hidden: false, cells: keys.map((key) => ({ dataset: { key } })),
}));
const body = {
  rows,
  replaceChildren() {
    this.rows = [];
  },
  append(...moved) {
    this.rows = [...this.rows.filter((row) => !moved.includes(row)), ...moved];
  },
};
const elements = new Map();
const element = (id) => {
  if (!elements.has(id)) {
    elements.set(id, {
      value: "",
      options: [],
      append(option) {
        this.options.push(option.value);
        this.value ||= option.value; // a select shows its first option
      },
    });
  }
  return elements.get(id);
};
const heads = Array.from({ length: page.columns }, (_, column) => ({
  sort: null,
  getAttribute() { return this.sort; },
  setAttribute(_, value) { this.sort = value; },
  removeAttribute() { this.sort = null; },
  querySelector: () => heard(column),
}));
class Option {
  constructor(text, value) { Object.assign(this, { text, value }); }
}
const document = {
  getElementById: element,
  querySelector: (words) => (words === ".filters" ? heard("filters") : body),
  querySelectorAll: () => heads,
};
runInNewContext(page.script, { document, Option });

const seen = () => ({
  shown: body.rows.filter((row) => !row.hidden).map((row) => row.number),
  count: element("count").textContent,
  stages: element("stage").options,
});
const found = [seen()];
for (const { set, click } of page.steps) {
  for (const [id, value] of Object.entries(set ?? {})) element(id).value = value;
  listeners.get(set ? "filters" : click)();
  found.push(seen());
}
console.log(JSON.stringify(found));
