"""What the installed SDK declares of each resource type: its input and output properties and their types.

The SDK's files are read as text, never imported: importing one module of it costs more than a second, and a
plugin must answer sooner. Their code is generated, so each property is one getter with one annotation.
"""

import ast
import functools
import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_GETTER = re.compile(r'@pulumi\.getter(?:\(name="([^"]+)"\))?\n.*?    def (\w+)\(self\) -> ([^\n]+):\n', re.DOTALL)
_ARGS_CLASS = re.compile(r"__props__ = (\w+)\.__new__\(\1\)")
_SECRET_OUTPUTS = re.compile(r"additional_secret_outputs=(\[[^\]]*\])")
_CLASS = re.compile(r"\nclass (\w+)[(:]")
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "Any": "any"}


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a property.

    ``kind`` is string, integer, number, boolean, any, asset (which takes archives too), archive, list, map or
    object. ``element`` is the type of a list's items or a map's values. ``module`` and ``name`` say where
    an object's class is. ``document`` marks a string that also takes an object, which is then sent as JSON.
    """

    kind: str
    element: "Type | None" = None
    module: Path | None = None
    name: str = ""
    document: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A property under its wire name; ``python_name`` is what a Python program writes."""

    name: str
    python_name: str
    type: Type
    required: bool


Properties = Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class ResourceSchema:
    """The declared inputs and outputs of a type, and the outputs that the SDK marks as secret."""

    token: str
    inputs: Properties
    outputs: Properties
    secret_outputs: frozenset[str]

    def is_computed(self, name: str) -> bool:
        """Tell whether the cloud fills ``name`` when a program leaves it out.

        The SDK's generator makes the output of an optional input optional, unless it is computed or defaulted.
        """
        given, result = self.inputs.get(name), self.outputs.get(name)
        return result is not None and (given is None or (not given.required and result.required))


class UnknownTypeError(LookupError):
    """A token that the installed SDK does not have."""


@functools.cache
def sdk_folder(package: str) -> Path:
    """Return the folder of the installed SDK of ``package`` ("aws", "gcp")."""
    found = importlib.util.find_spec(f"pulumi_{package}")
    if found is None or found.origin is None:
        raise UnknownTypeError(f"the package pulumi_{package} is not installed; install requirements.lock")
    return Path(found.origin).parent


def sdk_version(package: str) -> str:
    """Return the plugin version that the installed SDK asks for, e.g. ``7.51.1``."""
    return str(json.loads((sdk_folder(package) / "pulumi-plugin.json").read_text())["version"])


@functools.cache
def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


@functools.cache
def _registered(package: str) -> Mapping[str, tuple[Path, str]]:
    text = _text(sdk_folder(package) / "__init__.py")
    start = text.index("[", text.index("resource_modules="))
    modules = json.loads(text[start : text.index('"""', start)])
    return {
        token: (sdk_folder(package).joinpath(*entry["fqn"].split(".")[1:]), name)
        for entry in modules
        for token, name in entry["classes"].items()
    }


def tokens(package: str) -> frozenset[str]:
    """Return every resource token that the installed SDK of ``package`` has."""
    return frozenset(_registered(package))


@functools.cache
def resource_schema(token: str) -> ResourceSchema:
    """Return the schema of ``token``. Raises UnknownTypeError when the SDK has no such type."""
    package = token.split(":", 1)[0]
    found = _registered(package).get(token)
    if found is None:
        raise UnknownTypeError(f"{token} is not a resource type of pulumi_{package} {sdk_version(package)}")
    folder, name = found
    file = _file_of(folder, token, name)
    resource = _class_text(file, name)
    args = _ARGS_CLASS.search(resource)
    secrets = _SECRET_OUTPUTS.search(resource)
    return ResourceSchema(
        token,
        _properties(_class_text(file, args[1] if args else f"{name}Args"), folder),
        _properties(resource, folder),
        frozenset(ast.literal_eval(secrets[1]) if secrets else ()),
    )


@functools.cache
def provider_schema(package: str) -> Properties:
    """Return the configuration properties of the provider ``package``."""
    folder = sdk_folder(package)
    return _properties(_class_text(folder / "provider.py", "ProviderArgs"), folder)


@functools.cache
def object_properties(kind: Type) -> Properties:
    """Return the properties of an object type."""
    if kind.module is None:
        raise ValueError(f"{kind.kind} is not an object type")
    return _properties(_class_text(kind.module, kind.name), kind.module.parent)


def _file_of(folder: Path, token: str, name: str) -> Path:
    stem = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", token.split(":")[1].rpartition("/")[2]).lower()
    likely = folder / f"{stem}.py"
    if f"\nclass {name}(" in _text(likely):
        return likely
    for file in sorted(folder.glob("*.py")):
        if f"\nclass {name}(pulumi.CustomResource)" in _text(file):
            return file
    raise UnknownTypeError(f"{token}: class {name} was not found under {folder.name}")


def _class_text(file: Path, name: str) -> str:
    if name not in _class_starts(file):
        raise UnknownTypeError(f"class {name} was not found in the installed SDK")
    text, start = _text(file), _class_starts(file)[name]
    ends = (text.find(mark, start + 1) for mark in ("\nclass ", "\n@pulumi."))
    return text[start : min((end for end in ends if end > 0), default=len(text))]


@functools.cache
def _class_starts(file: Path) -> Mapping[str, int]:
    """Where the classes of a file begin. Some files have megabytes: they are searched once, not for each class."""
    return {found[1]: found.start() for found in _CLASS.finditer(_text(file))}


def _properties(class_text: str, folder: Path) -> Properties:
    result: dict[str, Property] = {}
    for wire, python_name, annotation in _GETTER.findall(class_text):
        kind, optional = _parse(ast.parse(annotation, mode="eval").body, folder)
        name = wire or python_name
        result[name] = Property(name, python_name, kind, not optional)
    return result


def _parse(node: ast.expr, folder: Path) -> tuple[Type, bool]:
    """Return the type that an annotation stands for, and whether it is optional."""
    if isinstance(node, ast.Constant):
        return _named(str(node.value), folder), False
    if isinstance(node, ast.Attribute):
        if node.attr in ("Asset", "Archive"):
            return Type(node.attr.lower()), False
        return Type(_SCALARS.get(node.attr, "any")), False
    if isinstance(node, ast.Name):
        return Type(_SCALARS.get(node.id, "any")), False
    if isinstance(node, ast.Subscript):
        return _parse_generic(node, folder)
    return Type("any"), False


def _parse_generic(node: ast.Subscript, folder: Path) -> tuple[Type, bool]:
    generic = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if generic in ("Input", "Output"):
        return _parse(parts[0], folder)
    if generic == "Optional":
        return _parse(parts[0], folder)[0], True
    if generic in ("Sequence", "List"):
        return Type("list", element=_parse(parts[0], folder)[0]), False
    if generic in ("Mapping", "Dict"):
        return Type("map", element=_parse(parts[1], folder)[0]), False
    if generic == "Union":
        return _union([_parse(part, folder)[0] for part in parts]), False
    return Type("any"), False


def _union(members: list[Type]) -> Type:
    kinds = {member.kind for member in members}
    if kinds <= {"asset", "archive"}:
        return Type("asset")
    if kinds == {"string"}:
        return members[0]
    if kinds == {"string", "object"}:
        return Type("string", document=True)
    return Type("any")


def _named(reference: str, folder: Path) -> Type:
    scope, _, name = reference.rpartition(".")
    home = folder if scope in ("", "outputs") else _package_root(folder) / scope.removeprefix("_")
    file = home / ("outputs.py" if scope == "outputs" else "_inputs.py")
    if name in _class_starts(file):
        return Type("object", module=file, name=name)
    # What is no class of properties is an enumeration; the bridge leaves its values to the upstream checks.
    return Type("string")


def _package_root(folder: Path) -> Path:
    return folder if folder.name.startswith("pulumi_") else _package_root(folder.parent)
