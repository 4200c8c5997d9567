// Asks before unsaved changes of a form are left behind.
import { createElement as h, useEffect, useLayoutEffect, useRef } from "react";
import { useBlocker } from "react-router";
import { useT } from "./i18n/shared.js";

// `saved` counts saves: what was typed is kept. `failed` counts those that were refused: it is not.
export const Guard = ({ form, saved, failed }) => {
  const t = useT();
  const box = useRef(null);
  const now = useRef({ dirty: false, sending: false });
  const unsaved = () => now.current.dirty && !now.current.sending;
  const blocker = useBlocker(({ currentLocation: at, nextLocation: to }) => unsaved() && at.pathname !== to.pathname);
  useLayoutEffect(() => {
    const typed = (event) => {
      const target = event.target.closest?.("input, select, textarea, button[type=button]");
      if (target?.closest("form")?.id !== form) return;
      if (event.type !== "click" || target.tagName === "BUTTON") now.current = { dirty: true, sending: false };
    };
    const sent = (event) => {
      if (event.target.id === form) now.current.sending = true;
    };
    const leaving = (event) => {
      if (unsaved()) event.preventDefault();
    };
    const heard = [["input", typed], ["change", typed], ["click", typed], ["submit", sent]];
    heard.forEach(([name, hear]) => document.addEventListener(name, hear, true));
    addEventListener("beforeunload", leaving);
    return () => {
      heard.forEach(([name, hear]) => document.removeEventListener(name, hear, true));
      removeEventListener("beforeunload", leaving);
    };
  }, [form]);
  useEffect(() => {
    now.current = { dirty: false, sending: false };
  }, [saved]);
  useEffect(() => {
    now.current.sending = false;
  }, [failed]);
  const asks = blocker.state === "blocked";
  // Whoever stays can type at once: the box closes by itself, the blocker learns it by `onClose`.
  useEffect(() => {
    if (asks && !box.current.open) box.current.showModal();
    if (!asks && box.current.open) box.current.close();
  }, [asks]);
  return h("dialog", {
    ref: box, className: "dlg", "aria-labelledby": "guard-t", "data-testid": "unsaved", onClose: () => asks && blocker.reset(),
  },
    h("div", { className: "bdy" }, h("h2", { id: "guard-t", className: "h2" }, t("common.unsaved_title")), h("p", null, t("common.unsaved_text"))),
    h("div", { className: "ft" },
      h("button", { type: "button", className: "btn", "data-testid": "unsaved-stay", onClick: () => box.current.close() }, t("common.unsaved_stay")),
      h("button", { type: "button", className: "btn btn-danger-solid", "data-testid": "unsaved-leave", onClick: () => blocker.proceed?.() }, t("common.unsaved_leave"))));
};
