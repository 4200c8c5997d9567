// The staff menu: a column on a desk, a panel over the page on a phone; one and the same element.
import { createElement as h, useLayoutEffect, useRef } from "react";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";

export const Side = ({ children }) => {
  const t = useT();
  const ref = useRef(null);
  useLayoutEffect(() => {
    const narrow = matchMedia("(max-width: 900px)");
    const adapt = () => {
      if (narrow.matches) ref.current.setAttribute("popover", "auto");
      else ref.current.removeAttribute("popover");
    };
    adapt();
    narrow.addEventListener("change", adapt);
    return () => narrow.removeEventListener("change", adapt);
  }, []);
  const gone = (event) => {
    if (ref.current.hasAttribute("popover") && event.target.closest("a[href]")) ref.current.hidePopover();
  };
  return h("aside", { ref, id: "side", className: "side", "aria-label": t("shell.main_menu"), onClick: gone }, children);
};

export const SideOpener = () => {
  const t = useT();
  return h("button", {
    type: "button", className: "btn btn-ghost btn-i", "aria-label": t("shell.open_menu"), "aria-controls": "side",
    onClick: () => document.getElementById("side")?.showPopover?.(),
  }, h(Icon, { name: "menu", size: 20 }));
};
