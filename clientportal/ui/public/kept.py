"""A native form that keeps what was typed when the server sends it back with an error."""

from typing import Any

import reflex as rx
from reflex.vars import VarData
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import Var

from clientportal.ui import kit
from clientportal.ui.kit.parts import Child

# Passwords and codes are never kept. The storage is that of the tab and is emptied on leaving the
# form well.
_KEEP = """useEffect(() => {
  const form = document.getElementById(NAME);
  if (!form) return undefined;
  const place = "form:" + NAME;
  const kept = (field) => field.name && !["password", "hidden", "file"].includes(field.type)
    && field.autocomplete !== "one-time-code";
  if (new URLSearchParams(location.search).has("error")) {
    const before = JSON.parse(sessionStorage.getItem(place) ?? "{}");
    for (const field of form.elements) {
      if (kept(field) && before[field.name] !== undefined) field.value = before[field.name];
    }
  }
  sessionStorage.removeItem(place);
  const keep = () => {
    const now = {};
    for (const field of form.elements) if (kept(field)) now[field.name] = field.value;
    sessionStorage.setItem(place, JSON.stringify(now));
  };
  form.addEventListener("submit", keep);
  return () => form.removeEventListener("submit", keep);
}, [NAME])"""


class _Keeper(rx.Fragment):
    """Does the keeping for the form whose id it is given."""

    form: Var[str]

    def add_hooks(self) -> list[str | Var[Any]]:
        data = VarData.merge(
            self.form._get_all_var_data(),
            VarData(imports={"react": [ImportVar("useEffect")]}),
        )
        return [Var(_KEEP.replace("NAME", str(self.form)), _var_data=data)]


@rx.memo
def keeper(form: rx.Var[str]) -> rx.Component:
    """A component of its own, so that it starts when its form appears."""
    return _Keeper.create(form=form)


def kept_form(form_id: str, *children: Child, action: Any, **props: Any) -> rx.Component:
    """A `plain_form` whose fields survive a refusal (303 back with `?error=`)."""
    return kit.plain_form(*children, keeper(form=form_id), action=action, id=form_id, **props)
