"""The settings of the frontend tier: the arguments `sign_in` and `web_app`."""

from dataclasses import dataclass

from .choices import Mfa
from .validation import Reader


@dataclass(frozen=True)
class SignIn:
    """How people sign in."""

    mfa: Mfa = Mfa.REQUIRED
    admin_sign_in: bool = False


@dataclass(frozen=True)
class WebApp:
    """The chat page and what stands before it."""

    enabled: bool = True
    domain_name: str = ""
    certificate_arn: str = ""
    firewall: bool = False
    requests_per_five_minutes: int = 1_000
    close_apis: bool = False
    origin_secret_rotations: int = 0


def read_sign_in(reader: Reader) -> SignIn:
    """The settings in the argument `sign_in`."""
    sign_in = SignIn(mfa=reader.choice("mfa", Mfa.REQUIRED), admin_sign_in=reader.flag("admin_sign_in", default=False))
    reader.finish()
    return sign_in


def read_web_app(reader: Reader) -> WebApp:
    """The settings in the argument `web_app`."""
    default = WebApp()
    enabled, firewall = reader.flag("enabled", default.enabled), reader.flag("firewall", default.firewall)
    web_app = WebApp(
        enabled=enabled,
        domain_name=reader.text(
            "domain_name",
            pattern=r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+",
            expected="a domain name in lower case, such as chat.example.com",
        ),
        certificate_arn=reader.text(
            "certificate_arn",
            pattern=r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/.+",
            expected="the ARN of a certificate in us-east-1, where CloudFront takes them from",
        ),
        firewall=firewall,
        requests_per_five_minutes=reader.whole(
            "requests_per_five_minutes", default.requests_per_five_minutes, 10, 2_000_000_000, "requests"
        ),
        # A firewall that can be passed by is none.
        close_apis=reader.flag("close_apis", default=firewall and enabled),
        origin_secret_rotations=reader.whole(
            "origin_secret_rotations", default.origin_secret_rotations, 0, 1_000_000, "rotations"
        ),
    )
    if web_app.close_apis and not enabled:
        reader.say("close_apis", "nothing stands before the APIs without web_app.enabled; set it, or leave this out")
    if bool(web_app.domain_name) != bool(web_app.certificate_arn):
        reader.problems.append(
            f"{reader.where('domain_name')} and {reader.where('certificate_arn')} go together: give both, or neither"
        )
    reader.finish()
    return web_app
