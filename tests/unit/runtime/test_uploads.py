import json

import pytest

from genai_runtime.core.uploads import upload_of
from tests.unit.runtime.memory import TENANT


def test_a_document_belongs_to_the_tenant_of_its_prefix():
    upload = upload_of(f"{TENANT}/handbooks/travel plan.md", "shared")
    assert upload is not None
    assert upload.metadata_key == f"{TENANT}/handbooks/travel plan.md.metadata.json"
    assert json.loads(upload.metadata) == {
        "metadataAttributes": {"tenant_id": TENANT, "document": "handbooks/travel plan.md"}
    }


def test_shared_documents_belong_to_the_shared_tenant():
    upload = upload_of("shared/rules.md", "shared")
    assert upload is not None
    assert upload.tenant == "shared"


@pytest.mark.parametrize(
    "key",
    ["rules.md", "", f"{TENANT}/", TENANT, "other/a.md", f"{TENANT}/rules.md.metadata.json", "tnt_x/a.md"],
)
def test_what_is_no_document_of_a_tenant_is_left_alone(key: str):
    assert upload_of(key, "shared") is None
