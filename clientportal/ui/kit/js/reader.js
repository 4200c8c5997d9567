// Tells a person who reads a page from a program that loads it, as scanners of mail do.
// Programs run scripts too, but do not move, touch or press anything while the page is in view.
import { useEffect, useRef } from "react";

const GESTURES = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown"];
const LEAST_MS = 1000;

// How long a page has been in view; `turn` is told whenever that changes.
export const stopwatch = (clock, visible) => {
  let before = 0;
  let since = visible ? clock() : null;
  const total = () => before + (since === null ? 0 : clock() - since);
  const turn = (now) => {
    before = total();
    since = now ? clock() : null;
  };
  return { total, turn };
};

export const isPerson = (event, inView) => event.isTrusted === true && inView >= LEAST_MS;

export const Reader = ({ onOpen, onRead }) => {
  const calls = useRef({});
  calls.current = { onOpen, onRead };
  useEffect(() => {
    const watch = stopwatch(() => Date.now(), document.visibilityState === "visible");
    const turned = () => watch.turn(document.visibilityState === "visible");
    const stop = () => {
      document.removeEventListener("visibilitychange", turned);
      for (const name of GESTURES) window.removeEventListener(name, moved, true);
    };
    const moved = (event) => {
      if (!isPerson(event, watch.total())) return;
      stop();
      calls.current.onRead?.();
    };
    calls.current.onOpen?.();
    document.addEventListener("visibilitychange", turned);
    for (const name of GESTURES) window.addEventListener(name, moved, { capture: true, passive: true });
    return stop;
  }, []);
  return null;
};
