"""What policies allow."""

from collections.abc import Iterator

from iam_documents import IDENTITY_POLICIES, WILDCARD, Statement, allowed, known_texts, listed, permissions
from joins import of_type
from known import Unknown
from rule import Finding, Level, Resource, Rule, Severity

SHORTEST_VERB = 3
"""Letters of the shortest verbs that AWS begins the names of actions with: Get, Put, Add, Tag, Set, Run."""


ACTIONS_WITHOUT_RESOURCE = (
    "autoscaling:describe",
    "ce:",
    "cloudwatch:describe",
    "cloudwatch:get",
    "cloudwatch:list",
    "cloudwatch:putmetricdata",
    "dynamodb:liststreams",
    "ec2:createnetworkinterface",
    "ec2:deletenetworkinterface",
    "ec2:describe",
    "ec2:assignprivateipaddresses",
    "ec2:unassignprivateipaddresses",
    "ecr:getauthorizationtoken",
    "iam:list",
    "kms:list",
    "lambda:list",
    "logs:createlogdelivery",
    "logs:deletelogdelivery",
    "logs:describe",
    "logs:getlogdelivery",
    "logs:listlogdeliveries",
    "logs:putresourcepolicy",
    "logs:updatelogdelivery",
    "s3:listallmybuckets",
    "ssmmessages:",
    "sts:getcalleridentity",
    "sts:getsessiontoken",
    "tag:get",
    "textract:",
    "comprehend:detect",
    "polly:synthesizespeech",
    "rekognition:detect",
    "translate:translatetext",
    "transcribe:start",
    "xray:",
)
"""How the names of actions begin that act on no resource which a policy could name, or only read descriptions."""


BASIC_MANAGED_POLICIES = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonECSTaskExecutionRolePolicy",
)
"""Managed policies that give what a workload of their kind always needs."""


PRIMITIVE_ROLES = ("roles/owner", "roles/editor", "roles/viewer")


DATA_ROLES = (
    "roles/datastore.owner",
    "roles/datastore.user",
    "roles/storage.admin",
    "roles/storage.objectAdmin",
    "roles/storage.objectUser",
    "roles/storage.objectViewer",
    "roles/bigquery.dataEditor",
    "roles/bigquery.dataOwner",
    "roles/secretmanager.secretAccessor",
)


PROJECT_GRANTS = (
    "gcp:projects/iAMMember:IAMMember",
    "gcp:projects/iAMBinding:IAMBinding",
)


def _no_wildcard_action(resource: Resource) -> Iterator[Finding]:
    if resource.type in PROJECT_GRANTS:
        role = resource.properties.get("role")
        if isinstance(role, Unknown):
            yield role
        elif role in PRIMITIVE_ROLES:
            may = "lets read almost everything" if role == "roles/viewer" else "allows almost every action"
            yield f"role is {role!r}, which {may} in the project"
        return
    for part in permissions(resource):
        if not isinstance(part, Statement):
            yield part
        elif part.allows:
            yield from _broad_actions(part)


def _broad_actions(statement: Statement) -> Iterator[Finding]:
    effect = statement.effect
    for action in statement.actions:
        if isinstance(action, Unknown):
            yield action
        elif _is_broad(str(action)):
            broad = f"{statement.place}: the action {action!r} is allowed"
            yield effect if isinstance(effect, Unknown) else broad
    if isinstance(effect, Unknown) and statement.not_actions:
        yield effect
    elif statement.not_actions:
        names = ", ".join(repr(name.path if isinstance(name, Unknown) else name) for name in statement.not_actions)
        yield f"{statement.place}: every action but {names} is allowed, by NotAction"


def _is_broad(action: str) -> bool:
    """Whether an action names less than a service and a verb.

    A wildcard after a verb (`dynamodb:Get*`, `bedrock:InvokeModel*`) is fine: it still says what kind of action of
    which service is meant, and AWS writes such actions in its own examples. A wildcard in the service, in place of the
    verb (`s3:*`, `s3:**`, `s3:?*`, `s3:*Object`) or inside it (`s3:P*`) is not.
    """
    service, _, name = action.partition(":")
    if WILDCARD.search(service):
        return True
    wildcard = WILDCARD.search(name)
    return wildcard is not None and wildcard.start() < SHORTEST_VERB


def _no_wildcard_resource(resource: Resource) -> Iterator[Finding]:
    if resource.type in PROJECT_GRANTS:
        role = resource.properties.get("role")
        if role in DATA_ROLES and not resource.properties.get("condition"):
            yield f"role {role!r} is granted on the whole project without a condition"
        return
    for statement in allowed(resource):
        if statement.not_resources:
            yield f"{statement.place}: every resource but those of NotResource is meant"
        if "*" not in known_texts(statement.resources) or _bounded(statement):
            continue
        needing = [action for action in known_texts(statement.actions) if _acts_on_resources(action)]
        if needing:
            yield f"{statement.place}: {', '.join(map(repr, needing))} is allowed on every resource"


def _acts_on_resources(action: str) -> bool:
    # An action that is a wildcard itself is another rule's finding.
    return not _is_broad(action) and not action.lower().startswith(ACTIONS_WITHOUT_RESOURCE)


NARROWING_KEYS = (
    "aws:resourcetag/",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "bedrock:inferenceprofilearn",
    "cloudwatch:namespace",
    "ec2:resourcetag/",
    "iam:passedtoservice",
    "iam:resourcetag/",
    "kms:encryptioncontext",
    "kms:resourcealiases",
    "kms:viaservice",
    "s3:resourceaccount",
)
"""How condition keys begin that leave only some resources."""


def _bounded(statement: Statement) -> bool:
    return any(
        key.startswith(NARROWING_KEYS) and not operator.endswith("ifexists") and "*" not in values
        for operator, key, values in statement.conditions
    )


def _no_managed_full_access(resource: Resource) -> Iterator[Finding]:
    if resource.type in PROJECT_GRANTS:
        yield from _admin_of_service_account(resource)
        return
    for path in ("managedPolicyArns", "policyArn"):
        for arn in listed(resource.properties.get(path)):
            if isinstance(arn, Unknown):
                continue
            name = str(arn).rpartition("/")[2]
            if ":aws:policy/" in str(arn) and name not in BASIC_MANAGED_POLICIES and _is_wide(name):
                yield f"{path} has {name}, which AWS keeps wide enough for everybody"


def _is_wide(name: str) -> bool:
    return (
        name.endswith(("FullAccess", "FullAccessV2", "_FullAccess", "PowerUser"))
        or "FullAccess" in name
        or name
        in ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "SystemAdministrator", "DatabaseAdministrator")
        or name.startswith("AdministratorAccess-")
    )


def _admin_of_service_account(resource: Resource) -> Iterator[Finding]:
    role = resource.properties.get("role")
    members = [*listed(resource.properties.get("member")), *listed(resource.properties.get("members"))]
    accounts = any(isinstance(member, Unknown) or str(member).startswith("serviceAccount:") for member in members)
    if isinstance(role, str) and role.lower().endswith("admin") and accounts and role not in PRIMITIVE_ROLES:
        yield f"role is {role!r}, for a service account, on the whole project"


def _invoke_scoped(resource: Resource) -> Iterator[Finding]:
    if resource.type in PROJECT_GRANTS:
        role = resource.properties.get("role")
        if role == "roles/aiplatform.admin":
            yield f"role is {role!r}, which may call, change and delete every model of the project"
        return
    for statement in allowed(resource):
        invoking = [
            action
            for action in known_texts(statement.actions)
            if action.lower().startswith(("bedrock:invoke", "bedrock:converse"))
        ]
        if not invoking or any(key == "bedrock:inferenceprofilearn" for _, key, _ in statement.conditions):
            continue
        wide = [arn for arn in known_texts(statement.resources) if _names_every_model(arn)]
        if wide:
            yield f"{statement.place}: {invoking[0]!r} is allowed on {wide[0]!r}, which names no model"


def _names_every_model(arn: str) -> bool:
    name = arn.rpartition("/")[2] if "/" in arn else arn.rpartition(":")[2]
    return WILDCARD.sub("", name) == ""


def _stays_in_stack(resource: Resource) -> Iterator[Finding]:
    own = {role.properties.get("arn") for role in of_type(resource, "aws:iam/role:Role")}
    for statement in allowed(resource):
        handing = [
            action for action in known_texts(statement.actions) if action.lower() in ("iam:passrole", "sts:assumerole")
        ]
        foreign = [arn for arn in known_texts(statement.resources) if arn not in own]
        if handing and foreign:
            yield f"{statement.place}: {handing[0]!r} is allowed on {foreign[0]}, which is no role of the stack"


WHY_LEAST = "What a workload may do beyond its task is what one prompt-injected tool can do with it."


RULES = (
    Rule(
        id="iam-no-wildcard-action",
        title="Policies name their actions",
        why="An allowed `*` or `service:*` turns one prompt-injected tool into access to the whole account.",
        mend="List the actions that are used, as `service:Action`; allow nothing by NotAction.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM06",),
        types=(*IDENTITY_POLICIES, *PROJECT_GRANTS),
        check=_no_wildcard_action,
    ),
    Rule(
        id="iam-no-wildcard-resource",
        title="Policies name their resources",
        why=WHY_LEAST,
        mend="Name the ARNs that are meant; on Google Cloud grant the role on the resource, or with a condition.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM06",),
        types=(*IDENTITY_POLICIES, *PROJECT_GRANTS),
        check=_no_wildcard_resource,
    ),
    Rule(
        id="iam-no-managed-full-access",
        title="No managed policy of full access, no administrator's role for a workload",
        why=WHY_LEAST,
        mend="Write a policy with the actions and resources of the task; on Google Cloud grant a narrower role.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM06",),
        types=(
            "aws:iam/role:Role",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:iam/userPolicyAttachment:UserPolicyAttachment",
            "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
            "aws:iam/policyAttachment:PolicyAttachment",
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            *PROJECT_GRANTS,
        ),
        check=_no_managed_full_access,
    ),
    Rule(
        id="iam-roles-of-the-stack",
        title="Workloads pass and assume roles of their own stack only",
        why="A role of another stack brings rights that nobody reviewed with this one.",
        mend="Name roles of the stack; except the policy where another account's role is meant.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM06",),
        types=IDENTITY_POLICIES,
        check=_stays_in_stack,
        over_stack=True,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="bedrock-invoke-scoped",
        title="Policies name the models that may be called",
        why="A workload that may call any model may call the dearest one, and one that nobody approved.",
        mend="Name the ARNs of the models and inference profiles; on Google Cloud grant roles/aiplatform.user.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM06", "OWASP LLM10"),
        types=(*IDENTITY_POLICIES, *PROJECT_GRANTS),
        check=_invoke_scoped,
    ),
)
