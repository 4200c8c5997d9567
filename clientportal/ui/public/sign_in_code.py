"""The second step of signing in by code: six digits, and a new code after half a minute."""

from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

from clientportal.ui import kit
from clientportal.ui.i18n import page_title, t
from clientportal.ui.pages import Page
from clientportal.ui.public.shell import public_shell
from clientportal.ui.public.sign_in_form import failed_note
from clientportal.ui.public.sign_in_state import SignInState

PAUSE_SECONDS = 30

# Seconds until another code may be asked for; counts down in the browser, without the server.
_LEFT = rx.Var(
    "__left",
    _var_type=int,
    _var_data=VarData(
        imports={"react": [ImportVar("useEffect"), ImportVar("useState")]},
        hooks={
            f"const [__left, __setLeft] = useState({PAUSE_SECONDS})": None,
            "useEffect(() => { const beat = setInterval(() => "
            "__setLeft((n) => (n > 0 ? n - 1 : 0)), 1000); "
            "return () => clearInterval(beat); }, [])": None,
        },
    ),
).to(int)

# Six digits typed or pasted, spaces and all, send the form by themselves, once.
_SEND = """useEffect(() => {
  const field = document.getElementById("f-code");
  let sent = false;
  const typed = () => {
    const digits = field.value.replace(/[^0-9]/g, "").slice(0, 6);
    if (digits !== field.value) field.value = digits;
    if (digits.length === 6 && !sent) {
      sent = true;
      field.form.requestSubmit();
    }
  };
  field?.addEventListener("input", typed);
  return () => field?.removeEventListener("input", typed);
}, [])"""


class _Sender(rx.Fragment):
    """Sends the code once it is complete."""

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        data = VarData(imports={"react": [ImportVar("useEffect")]})
        return [rx.Var(_SEND, _var_data=data)]


@rx.memo
def sender() -> rx.Component:
    """A component of its own, so that it starts when the field appears."""
    return _Sender.create()


def _code_form() -> rx.Component:
    wrong = rx.cond(SignInState.field == "code", SignInState.error, "")
    return kit.plain_form(
        kit.code_field(
            "code",
            t("public.code.code"),
            auto_focus=True,
            required=True,
            error=wrong,
            test_id="code",
        ),
        sender(),
        rx.el.input(type="hidden", name="next", value=SignInState.next),
        kit.submit(t("public.sign_in.enter"), size="l", block=True, test_id="code-submit"),
        action="/auth/verify",
        class_name="grid gap-4",
    )


@rx.memo
def again() -> rx.Component:
    """Another code, once the pause is over; its beat redraws this form alone."""
    form = kit.plain_form(
        rx.el.input(type="hidden", name="email", value=SignInState.email),
        rx.el.input(type="hidden", name="next", value=SignInState.next),
        kit.button(
            rx.cond(_LEFT > 0, t("public.code.again_in", seconds=_LEFT), t("public.code.again")),
            type="submit",
            disabled=_LEFT > 0,
            block=True,
            test_id="code-again",
        ),
        action="/auth/code",
    )
    return rx.cond(SignInState.email != "", form, rx.fragment())


def view() -> rx.Component:
    """What was sent where, the field, another code, another address."""
    sent = rx.cond(
        SignInState.email != "",
        t("public.code.sent_to", email=SignInState.email),
        t("public.code.sent"),
    )
    return rx.fragment(
        page_title("public.code.title"),
        public_shell(
            rx.el.h1(t("public.code.title"), class_name="h1 mt-8"),
            rx.el.p(sent, class_name="text-ink-2 mt-1 mb-6"),
            rx.el.div(
                failed_note(),
                _code_form(),
                again(),
                kit.link_button(
                    t("public.code.other_email"), href="/sign-in", kind="ghost", block=True
                ),
                rx.el.p(t("public.code.spam"), class_name="text-sm text-ink-3"),
                class_name="grid gap-4 max-w-[420px]",
            ),
        ),
    )


PAGE = Page(
    route="/sign-in/code",
    view=view,
    title_key="public.code.title",
    face="public",
    on_load=(SignInState.load_code,),
)
