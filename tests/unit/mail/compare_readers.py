"""Reads a corpus with Python's email package and compares what our reader has found in it.

addresses.txt: one address list a line, in hexadecimal, then what our reader found: "group" or "-" and the group's name,
then "name local domain" of each mailbox, all in hexadecimal, the entries parted by "|".
NAME.eml with NAME.read: lines "subject HEX", "to HEX ..." and, per part in the order of a walk, "part TYPE HEX-FILENAME
PAYLOAD-HEX TEXT-HEX" ("-" for none).
"""
import email
import email.policy
import pathlib
import sys

problems = []


def text(cell):
    return "" if cell == "-" else bytes.fromhex(cell).decode("utf-8", "replace")


def plain(string):
    """Octets of a raw header that Python keeps as surrogates are the UTF-8 that they were."""
    return string.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def same_addresses(where, header, found):
    """`found` is a list of (is_group, name, [(name, local, domain)])."""
    wanted = []
    for group in header.groups:
        members = [tuple(map(plain, (a.display_name, a.username, a.domain))) for a in group.addresses]
        if group.display_name is None:
            wanted += [(False, "", [member]) for member in members]
        else:
            wanted.append((True, plain(group.display_name), members))
    if wanted != found:
        problems.append(f"{where}: {str(header)!r}:\n   Python {wanted}\n   we     {found}")


def entries(line):
    for entry in filter(None, line.split("|")):
        kind, name, *cells = entry.split()
        cells = [text(c) for c in cells]
        yield kind == "group", text(name), list(zip(cells[::3], cells[1::3], cells[2::3]))


def addresses(path):
    count = 0
    for line in path.read_text("ascii").splitlines():
        octets, found = line.split("\t")
        count += 1
        header = email.policy.SMTPUTF8.header_factory("To", text(octets).replace("\r\n", ""))
        same_addresses(path.name, header, list(entries(found)))
    return count


def payload(part):
    if part.is_multipart():
        return None
    return part.get_payload(decode=True)


def messages(folder):
    count = 0
    for path in sorted(folder.glob("*.eml")):
        count += 1
        octets = path.read_bytes()
        message = email.message_from_bytes(octets, policy=email.policy.SMTPUTF8)
        parts = [part for part in message.walk()]
        ours = []
        for line in path.with_suffix(".read").read_text("ascii").splitlines():
            key, _, rest = line.partition(" ")
            if key == "subject" and plain(str(message["Subject"])).rstrip() != text(rest):
                problems.append(f"{path.name}: subject: Python {str(message['Subject'])!r}, we {text(rest)!r}")
            if key == "to":
                same_addresses(path.name, message["To"], list(entries(rest)))
            if key == "part":
                ours.append(rest.split())
        types = [part.get_content_type() for part in parts]
        if types != [cells[0] for cells in ours]:
            problems.append(f"{path.name}: types: Python {types}, we {[cells[0] for cells in ours]}")
            continue
        for part, (kind, name, octets_read, text_read) in zip(parts, ours):
            if (part.get_filename() or "") != text(name):
                problems.append(f"{path.name}: {kind}: name: Python {part.get_filename()!r}, we {text(name)!r}")
            wanted = payload(part)
            if wanted is None:
                continue
            if wanted != (b"" if octets_read == "-" else bytes.fromhex(octets_read)):
                problems.append(f"{path.name}: {kind}: payload: Python {wanted!r}, we {octets_read}")
            if kind == "text/plain" and part.get_content().replace("\r\n", "\n") != text(text_read).replace("\r\n", "\n"):
                problems.append(f"{path.name}: text: Python {part.get_content()!r}, we {text(text_read)!r}")
    return count


folder = pathlib.Path(sys.argv[1])
lists = addresses(folder / "addresses.txt")
read = messages(folder)
print("\n".join(problems[:30]))
print(f"{lists} address lists, {read} messages, {len(problems)} problems")
sys.exit(1 if problems or not lists or not read else 0)
