"""The few pages a person sees at the identity provider: account picker, refusal, sign-out."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape

from coupler.sandbox.identity.registry import USERS, SignInUser

_STYLE = Markup(
    "body{margin:0;font:15px/1.45 'Segoe UI',system-ui,sans-serif;background:#eef1f4;color:#1b1b1b}"
    "main{max-width:26rem;margin:8vh auto;padding:2rem 2.2rem;background:#fff;box-shadow:0 2px 6px #0003}"
    "h1{font-size:1.4rem;font-weight:600;margin:0 0 .3rem}p{margin:.3rem 0 1rem;color:#444}"
    "button{font:inherit;cursor:pointer}ul{list-style:none;margin:0;padding:0}"
    ".account{display:flex;justify-content:space-between;gap:1rem;width:100%;padding:.7rem .4rem;border:0;"
    "border-bottom:1px solid #ddd;background:none;text-align:left}.account:hover,.account:focus{background:#f2f6fa}"
    ".account small{color:#555}.hinted{background:#e8f1fb}details{margin-top:1.2rem}label{display:block;margin:.6rem 0}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}.go{padding:.45rem 1.4rem;border:0;"
    "background:#0b5cad;color:#fff}.error{color:#a4262c}"
)


def account_picker(app_name: str, action: str, hint: str = "", error: str = "") -> str:
    """Choose who signs in: one click on a person, or a name and password."""
    items = Markup("").join(_account(user, hint) for user in USERS)
    wrong = Markup('<p class="error" role="alert">{}</p>').format(error) if error else Markup("")
    body = Markup(
        "<h1>Pick an account</h1><p>to continue to {app}</p>{wrong}"
        '<form method="post" action="{action}"><ul>{items}</ul></form>'
        "<details{open}><summary>Use a name and password</summary>"
        '<form method="post" action="{action}">'
        '<label>Name <input name="username" value="{hint}" autocomplete="username" required></label>'
        '<label>Password <input name="password" type="password" autocomplete="current-password" required>'
        '</label><button class="go" type="submit">Sign in</button></form></details>'
    ).format(
        app=app_name,
        wrong=wrong,
        action=action,
        items=items,
        hint=hint,
        open=Markup(" open") if error or hint else Markup(""),
    )
    return _page("Sign in", body)


def refusal(title: str, message: str) -> str:
    """A fault that must not be redirected."""
    return _page(title, Markup('<h1>{}</h1><p class="error">{}</p>').format(title, message))


def signed_out() -> str:
    """The end of the session when nobody asked to go anywhere afterwards."""
    return _page("Signed out", Markup("<h1>You signed out of your account</h1><p>You may close this window.</p>"))


def form_post(address: str, parameters: Mapping[str, str]) -> str:
    """`response_mode=form_post`: the answer as a form that sends itself, or by a click without script."""
    fields = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value) for name, value in parameters.items()
    )
    body = Markup(
        '<form method="post" action="{}">{}<button class="go" type="submit">Continue</button></form>'
        "<script>document.forms[0].submit()</script>"
    ).format(address, fields)
    return _page("Working...", body)


def _account(user: SignInUser, hint: str) -> Markup:
    hinted = hint.casefold() in (user.upn.casefold(), user.name.casefold())
    return Markup(
        '<li><button class="account{hinted}" type="submit" name="user" value="{upn}">'
        "<span>{name}<br><small>{upn}</small></span><small>{role}</small></button></li>"
    ).format(
        hinted=" hinted" if hinted else "",
        upn=user.upn,
        name=user.name,
        role=", ".join(role.partition(".")[2] for role in user.roles) or "no role",
    )


def _page(title: str, body: Markup) -> str:
    return str(
        Markup(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
            "<body><main>{body}</main></body></html>"
        ).format(title=escape(title), style=_STYLE, body=body)
    )
