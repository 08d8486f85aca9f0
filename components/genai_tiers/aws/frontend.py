"""The frontend tier: who may talk to the system, which tenant they belong to, and the page where they do."""

import pulumi
import pulumi_aws as aws

from genai_providers.dynamic.origin_secret import OriginSecret
from genai_tiers.args import FrontendArgs, Mfa
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import FrontendRefs
from genai_tiers.settings import read_settings

from .addresses import websocket_at
from .distribution import Apis
from .hosted_sign_in import SCOPES, browser_flows, sign_in_domain
from .web_app import upload_page, web_site

TENANT_ATTRIBUTE = "tenant_id"

TENANT_CLAIM = f"custom:{TENANT_ATTRIBUTE}"
"""The claim of an ID token that names the tenant. Set when an administrator creates the user, and immutable from
then on."""

MFA = {Mfa.REQUIRED: "ON", Mfa.OPTIONAL: "OPTIONAL", Mfa.OFF: "OFF"}


class AwsFrontend(pulumi.ComponentResource):
    """Creates a Cognito user pool that only administrators add users to, and its public client. With the URL of an API,
    it creates the chat page too: a private bucket, the distribution before it and the APIs with the secret that proves
    where requests come from, and the pages to sign in.

    Clients send the ID token: it carries the tenant, which an access token does not.
    """

    user_pool_id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    issuer: pulumi.Output[str]
    app_url: pulumi.Output[str | None]

    def __init__(self, name: str, args: FrontendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_settings(f"AwsFrontend {name!r}", args, FrontendArgs)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        pool = aws.cognito.UserPool(
            children.named("users"),
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            admin_create_user_config={"allow_admin_create_user_only": True},
            account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
            mfa_configuration=MFA[settings.sign_in.mfa],
            software_token_mfa_configuration=None if settings.sign_in.mfa is Mfa.OFF else {"enabled": True},
            password_policy={
                "minimum_length": 14,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "require_uppercase": True,
                "temporary_password_validity_days": 1,
            },
            schemas=[
                {
                    "name": TENANT_ATTRIBUTE,
                    "attribute_data_type": "String",
                    "mutable": False,
                    "required": False,
                    "developer_only_attribute": False,
                    "string_attribute_constraints": {"min_length": "30", "max_length": "30"},
                }
            ],
            deletion_protection="ACTIVE" if settings.retain_data else "INACTIVE",
            opts=children.options("users"),
        )
        flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        if settings.sign_in.admin_sign_in:
            flows.append("ALLOW_ADMIN_USER_PASSWORD_AUTH")
        site, sign_in_url, secret = None, None, None
        if settings.web_app.enabled and "api_url" in args:
            sign_in_url = sign_in_domain(children, pool)
            # It is sent whether the APIs are closed or not, so that closing them interrupts nobody.
            secret = OriginSecret(
                children.named("origin-secret"),
                rotations=settings.web_app.origin_secret_rotations,
                opts=children.options("origin-secret"),
            )
            apis = _apis(args["api_url"], args.get("websocket_url"), secret)
            site = web_site(children, apis, sign_in_url, settings.web_app, retain_data=settings.retain_data)
        client = aws.cognito.UserPoolClient(
            children.named("client"),
            user_pool_id=pool.id,
            generate_secret=False,
            explicit_auth_flows=flows,
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            id_token_validity=1,
            access_token_validity=1,
            refresh_token_validity=30,
            token_validity_units={"id_token": "hours", "access_token": "hours", "refresh_token": "days"},
            read_attributes=["email", TENANT_CLAIM],
            # Without a list a client may write every attribute, and a user could choose a tenant while it is still
            # empty.
            write_attributes=["email"],
            **(browser_flows(site.url) if site else {}),
            opts=children.options("client"),
        )
        self.user_pool_id = pool.id
        self.client_id = client.id
        self.issuer = pool.endpoint.apply(lambda endpoint: f"https://{endpoint}")
        self.app_url = site.url if site else pulumi.Output.from_input(None)
        self._entrance = (site.url, secret.digests) if site and secret and settings.web_app.close_apis else None
        if site:
            websocket_url = args.get("websocket_url")
            upload_page(
                children,
                site,
                {
                    "api_url": site.url,
                    "websocket_url": None if websocket_url is None else websocket_at(site.url, websocket_url),
                    "sign_in_url": sign_in_url,
                    "client_id": client.id,
                    "scopes": list(SCOPES),
                    "tenant_claim": TENANT_CLAIM,
                },
            )
        self.register_outputs(
            {
                "user_pool_id": self.user_pool_id,
                "client_id": self.client_id,
                "issuer": self.issuer,
                "app_url": self.app_url,
            }
        )

    @property
    def refs(self) -> FrontendRefs:
        """What a middleware's `frontend` argument takes."""
        refs = FrontendRefs(issuer=self.issuer, audience=self.client_id)
        if self._entrance:
            refs["entrance"], refs["origin_digests"] = self._entrance
        return refs


def _apis(api_url: pulumi.Input[str], websocket_url: pulumi.Input[str] | None, secret: OriginSecret) -> Apis:
    websocket = None if websocket_url is None else pulumi.Output.from_input(websocket_url)
    return Apis(pulumi.Output.from_input(api_url), websocket, secret.value)
