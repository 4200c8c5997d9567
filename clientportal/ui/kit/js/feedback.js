// What the page says by itself: toasts, the live region, the lost connection, a broken part.
import { Component, createElement as h, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";
import { EventLoopContext } from "$/utils/context-registry";
import { timeText } from "./format.js";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";

const voices = new Set();
// Says one sentence to people who listen to the page.
export const announce = (text) => {
  for (const say of voices) say(text);
};

export const LiveRegion = () => {
  const [text, setText] = useState("");
  useEffect(() => {
    voices.add(setText);
    return () => voices.delete(setText);
  }, []);
  return h("div", { className: "vh", role: "status", "aria-live": "polite", "data-live": "" }, text);
};

const undoTarget = { current: null };
// The page's handler for "undo"; the reference of what to undo is its argument.
export const UndoTarget = ({ onUndo }) => {
  useLayoutEffect(() => {
    undoTarget.current = onUndo;
    return () => {
      if (undoTarget.current === onUndo) undoTarget.current = null;
    };
  }, [onUndo]);
  return null;
};

const ICONS = { good: "ok", info: "clock", warn: "warn", bad: "err" };

const Toast = ({ item, onGone }) => {
  const t = useT();
  const timer = useRef(null);
  const start = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(onGone, 6000);
  };
  const stop = () => clearTimeout(timer.current);
  useEffect(() => {
    start();
    return stop;
  }, []);
  const undo = () => {
    undoTarget.current?.(item.undo);
    onGone();
  };
  return h("div", {
    className: "toast", "data-testid": "toast", onMouseEnter: stop, onMouseLeave: start, onFocus: stop, onBlur: start,
  },
    h("span", { className: `c-${item.tone}` }, h(Icon, { name: ICONS[item.tone] ?? "ok" })),
    h("span", { className: "grow" },
      item.error ? t.error(item.code, item.params) : t(`notices.${item.code}`, item.params)),
    item.undo && undoTarget.current
      ? h("button", { type: "button", className: "lk", onClick: undo }, t("common.undo")) : null,
    h("button", { type: "button", "aria-label": t("common.close"), onClick: onGone }, h(Icon, { name: "x", size: 14 })));
};

// Draws the notices that handlers leave in the state; `seq` grows by one with each. The state
// outlives a reload of its tab, so the tab remembers the last notice that it has shown.
const SHOWN = "toast-shown";
export const Toasts = ({ seq, kind, code, params }) => {
  const [items, setItems] = useState([]);
  const last = useRef(0);
  useEffect(() => {
    if (!seq || seq === last.current) return;
    last.current = seq;
    const name = JSON.stringify([seq, code, params]);
    if (sessionStorage.getItem(SHOWN) === name) return;
    sessionStorage.setItem(SHOWN, name);
    const error = kind === "error";
    const made = { seq, code, params, error, tone: error ? "bad" : "good", undo: params?.undo };
    setItems((old) => [...old.slice(-2), made]);
  }, [seq]);
  const gone = (item) => setItems((old) => old.filter((other) => other !== item));
  return h("div", { className: "toasts", role: "status", "aria-live": "polite" },
    items.map((item) => h(Toast, { key: item.seq, item, onGone: () => gone(item) })));
};

// Thin note while the server cannot be reached; says from when the data is.
export const ConnectionNote = () => {
  const t = useT();
  const errors = useContext(EventLoopContext)?.[1] ?? [];
  const [offline, setOffline] = useState(false);
  const [since, setSince] = useState("");
  useLayoutEffect(() => {
    const tell = () => setOffline(!navigator.onLine);
    addEventListener("online", tell);
    addEventListener("offline", tell);
    return () => {
      removeEventListener("online", tell);
      removeEventListener("offline", tell);
    };
  }, []);
  const lost = offline || errors.length > 0;
  useEffect(() => setSince(lost ? new Date().toISOString() : ""), [lost]);
  if (!lost || !since) return null;
  return h("div", { className: "note warn offline", role: "status", "data-testid": "offline" },
    h(Icon, { name: "warn" }), h("span", null, t("shell.offline", { time: timeText(since, t.lang) })),
    h("button", { type: "button", className: "lk", onClick: () => location.reload() }, t("common.retry")));
};

const Broken = () => {
  const t = useT();
  return h("div", { className: "empty", role: "alert" }, h(Icon, { name: "reload" }),
    h("div", { className: "h3" }, t("shell.broken_title")), h("p", null, t("shell.broken_text")),
    h("div", null, h("button", { type: "button", className: "btn", onClick: () => location.reload() }, t("common.retry"))));
};

// Keeps a mistake of ours from blanking the page.
export class Boundary extends Component {
  state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  componentDidCatch(error, info) {
    console.error(error, info?.componentStack);
  }

  render() {
    return this.state.broken ? h(Broken) : this.props.children;
  }
}

// A note that stays closed for this visit.
export const Closable = ({ id, label, className, children, ...rest }) => {
  const [closed, setClosed] = useState(false);
  useEffect(() => setClosed(sessionStorage.getItem(`note:${id}`) === "1"), [id]);
  if (closed) return null;
  const close = () => {
    sessionStorage.setItem(`note:${id}`, "1");
    setClosed(true);
  };
  return h("div", { ...rest, className }, children,
    h("button", { type: "button", className: "x", "aria-label": label, onClick: close }, h(Icon, { name: "x", size: 14 })));
};
