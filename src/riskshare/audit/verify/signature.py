"""What a pin cannot say of itself: that it is the one that was minuted, and who made it, by OpenSSH's signatures."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from riskshare.audit.verify.verdict import VerdictPart
from riskshare.figures.pin.file import read_record
from riskshare.figures.pin.hashes import as_minuted, is_minuted
from riskshare.files.writing import refuse_no_file
from riskshare.problems.errors import UserError

NAMESPACE: Final = "riskshare-pin"
SECONDS: Final = 120.0
"""Long enough for a passphrase."""


def signature_of(pin: Path) -> Path:
    """Where the signature of a pin is kept: `pin.json.sig` beside it."""
    return pin.with_name(f"{pin.name}.sig")


def sign(pin: Path, key: Path) -> Path:
    """Signs a pin with a private key of OpenSSH and gives the file of the signature.

    Raises UserError where there is no ssh-keygen, no such key, or it refuses.
    """
    signature = signature_of(pin)
    refuse_no_file(signature)
    signature.unlink(missing_ok=True)
    done = _ssh_keygen(["sign", "-f", str(key), "-n", NAMESPACE, str(pin)])
    if done.returncode != 0 or not signature.is_file():
        raise UserError(f"{pin} could not be signed with {key}: {_said(done)}. Give a private key of OpenSSH.")
    return signature


def signature_part(pin: Path, digest: str, signers: Path) -> VerdictPart:
    """Whether the pin with this digest has the signature of one of those whom a file of allowed signers names.

    Raises UserError where there is no ssh-keygen or no such file.
    """
    signature = signature_of(pin)
    if not signers.is_file():
        raise UserError(f"There is no file of signers {signers}. See 'Who made it' in docs/audit.md.")
    if not signature.is_file():
        return VerdictPart("Signature", same=False, detail=f"{pin} has none: {signature.name} is not beside it")
    named = _ssh_keygen(["find-principals", "-s", str(signature), "-f", str(signers)])
    if named.returncode != 0:
        return VerdictPart("Signature", same=False, detail=f"made by nobody whom {signers} names")
    signer = named.stdout.splitlines()[0].strip()
    words = ["verify", "-f", str(signers), "-I", signer, "-n", NAMESPACE, "-s", str(signature)]
    checked = _ssh_keygen(words, pin.read_bytes())
    if checked.returncode != 0:
        return VerdictPart("Signature", same=False, detail=f"{signer} signed another pin than this one")
    if read_record(pin).pin.digest != digest:
        return VerdictPart("Signature", same=False, detail=f"what {signer} signed, {pin}, is the pin of other figures")
    return VerdictPart("Signature", same=True, detail=f"signed by {signer}")


def digest_part(digest: str, kept: str) -> VerdictPart:
    """Whether a digest is the one that somebody kept, in a minute for instance."""
    same, stated = is_minuted(digest, kept), as_minuted(digest)
    return VerdictPart("Digest", same, stated if same else f"{stated}, not {kept}")


def _ssh_keygen(words: list[str], given: bytes | None = None) -> subprocess.CompletedProcess[str]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise UserError("Signatures need ssh-keygen of OpenSSH, which is not installed. Install openssh-client.")
    command = [program, "-Y", *words]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise UserError(f"ssh-keygen did not finish within {SECONDS:g} seconds. Add the key to an agent.") from late
    texts = (stream.decode("utf-8", errors="replace") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(command, done.returncode, *texts)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stderr or done.stdout).split())[:200].rstrip(".") or "ssh-keygen says nothing"
