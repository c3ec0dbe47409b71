"""Reads every file of a folder with Python's email package, strictly. Prints each defect found and fails on any.

Per message, lines of the form "NAME: VALUE" in NAME.expect are compared with what email decodes.
"""
import email
import email.policy
import mailbox
import pathlib
import sys

problems = []


def check_part(name, part):
    for defect in part.defects:
        problems.append(f"{name}: {part.get_content_type()}: {defect!r}")
    for field, value in part.items():
        for defect in getattr(value, "defects", ()):
            problems.append(f"{name}: {field}: {defect!r}: {value!r}")
    if part.get_content_maintype() in ("text", "application"):
        part.get_content()
        for defect in part.defects:
            problems.append(f"{name}: content: {defect!r}")


def facts(message):
    """What the C++ side expects to be read, by name."""
    yield from ((field.lower(), str(value)) for field, value in message.items())
    body = message.get_body(("plain",))
    if body is not None:
        yield "text", body.get_content()
    yield "types", " ".join(part.get_content_type() for part in message.walk())
    for part in message.iter_attachments():
        if part.get_content_type() == "application/octet-stream":
            yield "attachment", str(len(part.get_content()))


folder = pathlib.Path(sys.argv[1])
count = 0
for path in sorted(folder.glob("*.eml")):
    count += 1
    octets = path.read_bytes()
    message = email.message_from_bytes(octets, policy=email.policy.default)
    for part in message.walk():
        check_part(path.name, part)
    header = octets.split(b"\r\n\r\n")[0]
    for line in header.split(b"\r\n"):
        if len(line) > 78 and b" " in line.strip():
            problems.append(f"{path.name}: header line of {len(line)} octets that could be folded: {line!r}")
    if octets.replace(b"\r\n", b"").translate(None, b"\r\n") != octets.replace(b"\r\n", b""):
        problems.append(f"{path.name}: bare CR or LF")
    if not octets.endswith(b"\r\n") or any(len(line) > 998 for line in octets.split(b"\r\n")):
        problems.append(f"{path.name}: not fit for SMTP lines")
    found = dict(facts(message))
    expectations = path.with_suffix(".expect")
    for line in expectations.read_text("utf-8").splitlines() if expectations.exists() else ():
        name, value = line.split(": ", 1)
        got = found.get(name, "").replace("\r\n", "\n").replace("\n", "\\n")
        if got != value:
            problems.append(f"{path.name}: {name}: expected {value!r}, read {got!r}")
for path in sorted(folder.glob("*.mbox")):
    box = mailbox.mbox(path, create=False)
    wanted = int(path.with_suffix(".count").read_text())
    if len(box) != wanted:
        problems.append(f"{path.name}: {len(box)} messages, {wanted} were written")
    problems += [f"{path.name}: {key}: {defect!r}" for key, item in box.items() for defect in item.defects]

print("\n".join(problems[:40]))
print(f"{count} messages, {len(problems)} problems")
sys.exit(1 if problems or count == 0 else 0)
