"""Every GitHub signs its OIDC tokens under a name of its own."""

import jwt
import pytest
import requests

from embedded.github.id_tokens import ISSUER, Job
from embedded.github.server import PlayedGitHub

ENTERPRISE = "https://github.example.com/_services/token"


@pytest.mark.parametrize("issuer", [ISSUER, ENTERPRISE], ids=["github.com", "an enterprise server"])
def test_a_token_names_its_issuer(issuer: str) -> None:
    with PlayedGitHub(issuer=issuer) as played:
        job = played.job(Job(repository=played.world.add_repository("octo-org/runners")))
        answer = requests.get(
            job["ACTIONS_ID_TOKEN_REQUEST_URL"],
            headers={"Authorization": f"Bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
            timeout=10,
        )
    assert jwt.decode(answer.json()["value"], options={"verify_signature": False})["iss"] == issuer
