// What the walk asks a page. Returns functions by name; nothing here touches the page's own code.
({
  // Resolves when nothing has changed for `calm` ms and no skeleton is shown; rejects never.
  settled: ({ calm, most, waits }) => new Promise((done) => {
    const started = performance.now();
    let last = started;
    const observer = new MutationObserver(() => { last = performance.now(); });
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    const look = () => {
      const now = performance.now();
      const waiting = waits && document.querySelector('[data-testid="skeleton"], [aria-busy="true"]');
      const moving = document.getAnimations().some((a) => a.playState === "running"
        && a.effect?.getTiming().iterations !== Infinity);
      if ((now - last >= calm && !waiting && !moving) || now - started > most) {
        observer.disconnect();
        done(waiting ? "waiting" : "");
      } else setTimeout(look, 40);
    };
    look();
  }),

  // Elements that stick out to the right of the page, and tables whose last columns are cut off;
  // [] when nothing scrolls sideways and nothing is hidden.
  overflow: ({ width }) => {
    const root = document.documentElement;
    const wide = Math.max(root.scrollWidth, document.body.scrollWidth);
    const right = (el) => el.getBoundingClientRect().right;
    const cut = [...document.querySelectorAll(".tbl > table")]
      .filter((table) => right(table) > right(table.parentElement) + 1)
      .map((table) => `table cut by ${Math.round(right(table) - right(table.parentElement))} px`);
    if (wide <= width) return cut;
    const clips = (el) => {
      for (let up = el.parentElement; up && up !== document.body; up = up.parentElement) {
        if (getComputedStyle(up).overflowX !== "visible") return true;
      }
      return false;
    };
    const out = [...document.body.querySelectorAll("*")].filter((el) => {
      const box = el.getBoundingClientRect();
      return box.width && box.right > width + 0.5 && !clips(el);
    });
    const name = (el) => `${el.tagName.toLowerCase()}.${String(el.className?.baseVal ?? el.className)}`;
    return [`page is ${wide} px wide`, ...out.slice(-3).map((el) => `${name(el)} "${el.textContent.slice(0, 40)}"`)];
  },

  // Every text of the page with what stands outside the brackets of the pseudo language.
  outside: () => {
    const strip = (text) => {
      for (let old = ""; old !== text;) {
        old = text;
        text = text.replace(/\u27e6[^\u27e6\u27e7]*\u27e7/g, " \u00b7 ");
      }
      return text.trim();
    };
    const found = [];
    const add = (text, el, what) => {
      const rest = strip(text ?? "");
      if (!rest || !/\p{L}/u.test(rest)) return;
      const where = el.closest?.("[data-testid]")?.dataset.testid ?? "";
      found.push({ text: rest, what, where: `${el.tagName?.toLowerCase()} in ${where || "page"}` });
    };
    add(document.title, document.documentElement, "title");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const el = node.parentElement;
      if (el.closest("script, style, template, noscript, svg, [translate=no]")) continue;
      // Names of countries, currencies and zones come from the browser itself.
      if (el.tagName === "OPTION" && /^([A-Z]{2,3}|[A-Z][\w/+-]+)$/.test(el.value)) continue;
      add(node.data, el, "text");
    }
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-description", "data-label"]) {
      for (const el of document.body.querySelectorAll(`[${name}]`)) add(el.getAttribute(name), el, name);
    }
    for (const el of document.body.querySelectorAll("input[type=submit], input[type=button]")) add(el.value, el, "value");
    return found;
  },

  // Two elements of one id: a label or a description would point to the wrong one.
  twins: () => {
    const all = [...document.querySelectorAll("[id]")].map((el) => el.id);
    return [...new Set(all.filter((id, at) => all.indexOf(id) !== at))];
  },

  ids: () => [...new Set([...document.querySelectorAll("[data-testid]")].map((el) => el.dataset.testid))],

  // Both ways of choosing a theme: the cookie's (attribute) and the system's (media, set outside).
  theme: ({ chosen }) => { document.documentElement.dataset.theme = chosen; },

  axe: async ({ rules }) => {
    const runOnly = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
    const wanted = rules === "contrast" ? { runOnly } : {};
    const { violations } = await axe.run(document, { resultTypes: ["violations"], ...wanted });
    return violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) =>
      `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join(" | ")}`);
  },
})
