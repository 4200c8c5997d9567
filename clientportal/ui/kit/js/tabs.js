// A row of tabs by pointer and by keyboard.
import { createElement as h, useEffect, useRef } from "react";

// Which tab a key goes to from the one at `at`; undefined for a key that goes nowhere.
export const tabAfter = (key, at, count) => ({
  ArrowRight: (at + 1) % count, ArrowLeft: (at + count - 1) % count, Home: 0, End: count - 1,
})[key];

// A row of tabs (WAI-ARIA, activated by hand): keeps the open one in view, keys go along the row.
export const Tabs = ({ children, ...rest }) => {
  const ref = useRef(null);
  useEffect(() => {
    const row = ref.current;
    const on = row?.querySelector("[aria-selected=true]");
    if (on) row.scrollLeft = on.offsetLeft - row.offsetLeft - 16;
  });
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const tabs = [...ref.current.querySelectorAll("[role=tab]")];
    const at = tabs.indexOf(document.activeElement);
    const next = tabAfter(event.key, at, tabs.length);
    if (at < 0 || (next === undefined && event.key !== " ")) return;
    event.preventDefault();
    if (next === undefined) tabs[at].click(); // a link does not know the space bar
    else tabs[next].focus();
  };
  return h("div", { ...rest, ref, role: "tablist", onKeyDown }, children);
};
