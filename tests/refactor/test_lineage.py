"""A line of data in `lineage.py` carries a renamed, moved or retyped child, on the real engine."""

from refactor_project import Refactored

NOTE = "notes:index:Note"

COMPONENTS = """
from genai_tiers import lineage
from genai_tiers.lineage import Children, Former, FormerParent, component_options, type_token

class Part(pulumi.ComponentResource):
    roles = ()
    def __init__(self, name, opts=None):
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        for role, file in self.roles:
            note(children.named(role), file=file, opts=children.options(role))

class Middleware(Part):
    pass

class Whole(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__(type_token(type(self)), name, None, component_options(type(self), None))
        children = Children(self, name)
        Middleware(children.named("middleware"), children.options("middleware"))
        Backend(children.named("backend"), children.options("backend"))
"""
BEFORE = """
class Backend(Part):
    roles = (("cmk", "key"),)

Middleware.roles = (("jobs", "jobs-table"), ("stays", "stays"))
Whole("genai")
"""
AFTER = """
class DataTier(Part):
    roles = (("key", "key"), ("jobs-table", "jobs-table"))

Backend = DataTier
Middleware.roles = (("stays", "stays"),)
lineage.FORMER_TYPES = {"DataTier": ("genai-tiers:index:Backend",)}
lineage.FORMER_CHILDREN = {
    ("DataTier", "key"): (Former(role="cmk"),),
    ("DataTier", "jobs-table"): (Former(role="jobs", parent=FormerParent("Middleware", "middleware", "backend")),),
}
Whole("genai")
DataTier.roles = (("key", "second-key"), ("jobs-table", "second-table"))
DataTier("alone")
"""


def test_former_names_types_and_parents_are_carried(notes: Refactored) -> None:
    notes.deploy(COMPONENTS + BEFORE)
    notes.write(COMPONENTS + AFTER)
    # What is created stands alone; it never had a former parent beside it.
    assert notes.project.changes() == {"same": 7, "create": 3}
    notes.project.up()
    whole, part = "genai-tiers:index:Whole", "genai-tiers:index:DataTier"
    ids = notes.ids()
    assert ids[f"{whole}${part}${NOTE}::genai-backend-key"] == "key"
    assert ids[f"{whole}${part}${NOTE}::genai-backend-jobs-table"] == "jobs-table"
    assert notes.project.changes() == {"same": 10}
