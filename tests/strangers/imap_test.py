"""IMAP asked by Python's imaplib and by curl; what it says of a message is compared with what Python's email package
sees in the same octets. The argument is the server's program."""
import email
import email.header
import email.policy
import imaplib
import os
import re
import subprocess
import sys
import tempfile
import unittest

from mailboxes import Line, Served

served = None


def parse(text):
    """Octets of a parenthesized list as nested Python lists; strings are bytes, NIL is None, atoms are str."""
    at = 0

    def value():
        nonlocal at
        if text[at:at + 1] == b"(":
            at += 1
            items = []
            while text[at:at + 1] != b")":
                if text[at:at + 1] == b" ":
                    at += 1
                    continue
                items.append(value())
            at += 1
            return items
        if text[at:at + 1] == b'"':
            found = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.S).match(text, at)
            at = found.end()
            return re.sub(rb"\\(.)", rb"\1", found[1])
        if text[at:at + 1] == b"{":
            found = re.compile(rb"\{(\d+)\}\r\n").match(text, at)
            at = found.end() + int(found[1])
            return text[found.end():at]
        found = re.compile(rb"[^\s()]+").match(text, at)
        at = found.end()
        return None if found[0] == b"NIL" else found[0].decode()

    result = value()
    if at != len(text):
        raise ValueError(f"more after a value: {text[at:]!r}")
    return result


def joined(data):
    """imaplib gives literals apart: puts a FETCH response together again."""
    out = b""
    for piece in data:
        if isinstance(piece, tuple):
            out += piece[0] + b"\r\n" + piece[1]
        elif piece is not None:
            out += piece
    return out[out.index(b"("):]


class Imap(unittest.TestCase):
    def setUp(self):
        self.client = imaplib.IMAP4("127.0.0.1", served.imap)
        self.client.login("alice", "secret")
        self.assertEqual(self.client.select("INBOX", readonly=True)[0], "OK")

    def tearDown(self):
        self.client.logout()

    def fetch(self, number, what):
        status, data = self.client.fetch(str(number), what)
        self.assertEqual(status, "OK")
        return data

    def test_messages_come_back_whole_and_in_pieces(self):
        for number, octets in enumerate(served.messages, 1):
            self.assertEqual(self.fetch(number, "(BODY.PEEK[])")[0][1], octets)
            header, _, body = octets.partition(b"\r\n\r\n")
            if octets.startswith(b"\r\n"):
                header, body = b"", octets[2:]
            elif b"\r\n\r\n" not in octets:
                header = header.removesuffix(b"\r\n")
            got = self.fetch(number, "(BODY.PEEK[TEXT])")[0]
            self.assertEqual(got[1] if isinstance(got, tuple) else b"", body)
            middle = self.fetch(number, "(BODY.PEEK[]<5.20>)")[0]
            self.assertEqual(middle[1], octets[5:25])
            self.assertEqual(self.client.fetch(str(number), "RFC822.SIZE")[1][0].split()[-1], b"%d)" % len(octets))

    def test_envelopes_are_what_email_reads(self):
        for number, octets in enumerate(served.messages, 1):
            message = email.message_from_bytes(octets, policy=email.policy.compat32)
            read = email.message_from_bytes(octets, policy=email.policy.default)
            envelope = parse(joined(self.fetch(number, "ENVELOPE")))[1]
            self.assertEqual(len(envelope), 10)
            for index, field in ((0, "Date"), (1, "Subject"), (8, "In-Reply-To"), (9, "Message-ID")):
                raw = message.get(field)
                wanted = None if raw is None else re.sub(r"\r?\n", "", str(raw)).strip().encode()
                self.assertEqual(envelope[index], wanted, (number, field))
            sender = message.get("From", "")
            for index, field in ((2, "From"), (3, "Sender"), (4, "Reply-To"), (5, "To"), (6, "Cc"), (7, "Bcc")):
                raw = message.get(field, sender if field in ("Sender", "Reply-To") else "")
                if "@@@" in raw or raw == "a b c":
                    self.assertIsNone(envelope[index])
                    continue
                if read[field] is None and field in ("Sender", "Reply-To"):
                    field = "From"
                wanted = [(a.display_name, a.username, a.domain) for a in getattr(read[field], "addresses", ())]
                got = [(str(email.header.make_header(email.header.decode_header(a[0].decode()))) if a[0] else "",
                        a[2].decode(), a[3].decode()) for a in envelope[index] or [] if a[3] is not None]
                self.assertEqual(got, wanted, (number, field))
        groups = [a[2] for a in parse(joined(self.fetch(1, "ENVELOPE")))[1][6] if a[3] is None]
        self.assertEqual(groups, [b"A Group", None, b"undisclosed", None])

    def check_structure(self, structure, part, path):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            inner = [s for s in structure if isinstance(s, list)][:len(part.get_payload())]
            self.assertEqual(len(inner), len(part.get_payload()))
            self.assertEqual(structure[len(inner)].lower().decode(), part.get_content_subtype())
            for number, (s, p) in enumerate(zip(inner, part.get_payload()), 1):
                self.check_structure(s, p, path + [number])
            return
        self.assertEqual(f"{structure[0].decode()}/{structure[1].decode()}".lower(), part.get_content_type())
        parameters = structure[2] or []
        told = {k.decode().lower(): v.decode() for k, v in zip(parameters[::2], parameters[1::2])}
        wanted = dict(part.get_params([])[1:])
        if part.get_content_type() == "text/plain":
            wanted.setdefault("charset", "US-ASCII")
        self.assertEqual(told, wanted)
        self.assertEqual(structure[5].decode().lower(), part.get("Content-Transfer-Encoding", "7bit").lower())
        where = ".".join(map(str, path)) or "1"
        octets = self.fetch(self.number, f"(BODY.PEEK[{where}])")[0][1]
        self.assertEqual(int(structure[6]), len(octets))
        if part.get_content_type() == "message/rfc822":
            self.check_structure(structure[8], part.get_payload(0), path)
            self.assertEqual(int(structure[9]), octets.count(b"\n"))
            header = self.fetch(self.number, f"(BODY.PEEK[{where}.HEADER])")[0][1]
            self.assertEqual(email.message_from_bytes(header)["Message-ID"], part.get_payload(0)["Message-ID"])
        elif part.get_content_maintype() == "text":
            self.assertEqual(int(structure[7]), octets.count(b"\n"))
        if part.get_content_type() != "message/rfc822" and part["MIME-Version"] is None and path:
            binary = self.fetch(self.number, f"(BINARY.PEEK[{where}])")[0][1]
            self.assertEqual(binary.replace(b"\r\n", b"\n"), part.get_payload(decode=True).replace(b"\r\n", b"\n"))
        if part.get_filename():
            disposition = structure[9 if part.get_content_maintype() == "text" else 8]
            self.assertEqual(disposition[0].lower(), b"attachment")
            self.assertIn(part.get_filename().encode(), disposition[1])

    def test_structures_are_what_email_reads(self):
        for self.number, octets in enumerate(served.messages, 1):
            message = email.message_from_bytes(octets)
            structure = parse(joined(self.fetch(self.number, "BODYSTRUCTURE")))[1]
            if b"boundary=nowhere" in octets:
                self.assertEqual(structure[:2], [b"TEXT", b"PLAIN"])
                continue
            self.check_structure(structure, message, [])

    def test_search(self):
        def found(*keys):
            status, data = self.client.search(None, *keys)
            self.assertEqual(status, "OK")
            return [int(n) for n in data[0].split()]
        subjects = [str(email.message_from_bytes(m, policy=email.policy.default)["Subject"] or "").lower()
                    for m in served.messages]
        self.assertEqual(found("ALL"), list(range(1, len(subjects) + 1)))
        self.assertEqual(found("SUBJECT", "LETTER"), [n for n, s in enumerate(subjects, 1) if "letter" in s])
        self.assertEqual(found("LARGER", "3000"), [n for n, m in enumerate(served.messages, 1) if len(m) > 3000])
        self.assertEqual(found("HEADER", "Message-ID", '""'),
                         [n for n, m in enumerate(served.messages, 1) if b"Message-ID:" in m])
        self.assertEqual(found("SENTSINCE", "6-Jan-2026"), [2, 3])
        self.assertEqual(found("OR", "FROM", "jm@", "NOT", "1:6"), [2, 7, 8])
        self.assertEqual(found("TEXT", "quoted"), [2, 3])
        self.client.literal = "Grüße".encode()
        self.assertEqual(self.client.search("UTF-8", "BODY")[1][0], b"2 3 6")

    def test_folders_flags_and_moves(self):
        c = self.client
        c.select("INBOX")
        self.assertEqual(c.create('"Gr&APwA3w-e"')[0], "OK")
        self.assertEqual(c.copy("4:5", '"Gr&APwA3w-e"')[0], "OK")
        self.assertEqual(c.status('"Gr&APwA3w-e"', "(MESSAGES UIDNEXT UNSEEN)")[1],
                         [b'"Gr&APwA3w-e" (MESSAGES 2 UIDNEXT 3 UNSEEN 2)'])
        self.assertEqual(c.append("Sent", r"(\Seen $Work)", '" 1-Feb-2026 01:02:03 +0100"', b"Subject: kept\r\n\r\nx\r\n")[0], "OK")
        last = c.select("Sent")[1][0].decode()
        self.assertIn(b'INTERNALDATE "01-Feb-2026 01:02:03 +0100"', c.fetch(last, "INTERNALDATE")[1][0])
        self.assertEqual(imaplib.ParseFlags(c.fetch(last, "FLAGS")[1][0]), (b"\\Seen", b"$Work", b"\\Recent"))
        self.assertEqual(c.store(last, "-FLAGS", r"(\Seen)")[1],
                         [f"{last} (FLAGS ($Work \\Recent))".encode()])
        self.assertEqual(c.uid("MOVE", "*", "Archive")[0], "OK")
        self.assertEqual(c.select("Archive")[1], [b"1"])
        c.store("1", "+FLAGS", r"(\Deleted)")
        self.assertEqual(c.expunge()[1], [b"1"])
        self.assertEqual(c.close()[0], "OK")
        names = c.list()[1]
        self.assertIn(rb'(\HasNoChildren \Sent) "/" "Sent"', names)
        self.assertEqual(c.rename('"Gr&APwA3w-e"', "Old/Letters")[0], "OK")
        self.assertIn(rb'(\HasChildren) "/" "Old"', c.list()[1])
        self.assertEqual(c.delete("Old/Letters")[0], "OK")
        self.assertEqual(c.delete("Old")[0], "OK")
        self.assertEqual(c.namespace()[1], [b'(("" "/")) NIL NIL'])
        self.assertTrue(c.getquotaroot("INBOX")[1][1][0].startswith(b'"" (STORAGE '))

    def test_authenticate_and_refusals(self):
        other = imaplib.IMAP4("127.0.0.1", served.imap)
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            other.login("alice", "wrong")
        other.authenticate("PLAIN", lambda _: b"\0alice\0secret")
        self.assertEqual(other.enable("IMAP4rev2")[0], "OK")
        other.select("INBOX")
        self.assertIsNone(other.response("RECENT")[1][0])  # IMAP4rev2 has none
        other.logout()

    def test_curl(self):
        base = f"imap://alice:secret@127.0.0.1:{served.imap}"

        def curl(*arguments):
            return subprocess.run([os.environ["CURL"], "-sS", "--max-time", "20", *arguments], check=True,
                                  capture_output=True).stdout
        self.assertEqual(curl(f"{base}/INBOX;UID=2"), served.messages[1])
        self.assertEqual(curl(f"{base}/INBOX;MAILINDEX=1;SECTION=TEXT"), served.messages[0].partition(b"\r\n\r\n")[2])
        self.assertIn(b'"/" "INBOX"', curl(f"{base}/"))
        self.assertEqual(curl(f"{base}/INBOX?SUBJECT%20plain").strip(), b"* SEARCH 1")
        curl(f"{base}/", "-X", "CREATE Drafts")
        self.assertIn(b'"/" "Drafts"', curl(f"{base}/"))
        letter = b"Subject: by curl\r\n\r\nsent up\r\n"
        with tempfile.NamedTemporaryFile() as file:
            file.write(letter)
            file.flush()
            curl("-T", file.name, f"{base}/Sent")
        self.assertEqual(curl(f"{base}/Sent;UID=*"), letter)

    def test_push(self):
        line = Line(served.imap)
        line.read()
        line.say("a LOGIN alice secret\r\nb EXAMINE Archive\r\nc IDLE\r\n")
        while not line.read().startswith("+"):
            pass
        self.client.append("Archive", None, None, b"Subject: new\r\n\r\n")
        self.assertEqual(line.read(), "* 1 EXISTS")
        self.assertEqual(line.read(), "* 1 RECENT")
        self.client.select("Archive")
        self.client.store("1", "+FLAGS", r"(\Flagged \Deleted)")
        self.assertEqual(line.read(), r"* 1 FETCH (FLAGS (\Flagged \Deleted \Recent))")
        self.client.expunge()
        self.assertEqual(line.read(), "* 1 EXPUNGE")
        line.say("DONE\r\nd LOGOUT\r\n")
        self.assertEqual(line.read(), "c OK IDLE completed")
        line.close()


if __name__ == "__main__":
    served = Served(sys.argv.pop(1))
    result = unittest.main(exit=False, argv=[sys.argv[0]]).result
    served.stop()
    sys.exit(not result.wasSuccessful())
