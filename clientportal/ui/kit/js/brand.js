// The company's accent on the page, and before the next first paint (see boot.js).
import { useEffect } from "react";

const NAMES = ["accent", "accent-tint", "accent-edge", "accent-solid", "accent-solid-2", "on-accent"];
const HEX = /^#[0-9a-f]{6}$/i;

export const Brand = ({ tokens }) => {
  const key = JSON.stringify(tokens ?? null);
  useEffect(() => {
    const style = document.documentElement.style;
    const set = {};
    for (const [theme, letter] of [["light", "l"], ["dark", "d"]]) {
      for (const name of NAMES) {
        const value = tokens?.[theme]?.[name];
        if (HEX.test(value ?? "")) set[`--${letter}-${name}`] = value;
      }
    }
    for (const [name, value] of Object.entries(set)) style.setProperty(name, value);
    // Of a link's address only the beginning: the rest of it is a secret.
    const parts = location.pathname.split("/");
    const place = parts.slice(0, parts[1] === "d" ? 2 : 3).join("/");
    if (Object.keys(set).length) localStorage.setItem("brand", JSON.stringify({ place, set }));
    return () => {
      for (const name of Object.keys(set)) style.removeProperty(name);
    };
  }, [key]);
  return null;
};
