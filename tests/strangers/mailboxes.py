"""A served account of letters that Python made, for the tests beside this file."""
import email.message
import email.policy
import pathlib
import socket
import subprocess
import tempfile


def letters():
    """Name and octets (CRLF) of messages of many shapes, made by Python's email package or by hand."""
    policy = email.policy.SMTP
    plain = email.message.EmailMessage(policy=policy)
    plain["From"] = "Alice Example <alice@example.com>"
    plain["To"] = "Bob <bob@example.org>, carol@example.net"
    plain["Cc"] = "A Group: dave@example.com, \"Eve, the last\" <eve@example.com>;, undisclosed:;"
    plain["Subject"] = "A plain letter"
    plain["Date"] = "Mon, 05 Jan 2026 08:00:00 +0100"
    plain["Message-ID"] = "<1@example.com>"
    plain.set_content("One line.\n.A dot.\nThe last line.\n")
    yield "plain", plain.as_bytes()

    mixed = email.message.EmailMessage(policy=policy)
    mixed["From"] = "\"Müller, Jürgen\" <jm@example.com>"
    mixed["Sender"] = "secretary@example.com"
    mixed["Reply-To"] = "office@example.com"
    mixed["To"] = "\"quoted local\"@example.com"
    mixed["Subject"] = "Übergröße \"quoted\" \\ and so on"
    mixed["Date"] = "Tue, 06 Jan 2026 09:00:00 +0000"
    mixed["In-Reply-To"] = "<1@example.com>"
    mixed["Message-ID"] = "<2@example.com>"
    mixed.set_content("Grüße\n", cte="quoted-printable")
    mixed.add_alternative("<p>Grüße</p>\n", subtype="html", cte="base64")
    mixed.add_attachment(bytes(range(256)) * 8, maintype="application", subtype="octet-stream", filename="all octets.bin")
    mixed.add_attachment("a,b\n1,2\n", subtype="csv", filename="table.csv")
    yield "mixed", mixed.as_bytes()

    outer = email.message.EmailMessage(policy=policy)
    outer["From"] = "mallory@example.com"
    outer["To"] = "alice@example.com"
    outer["Subject"] = "Fwd: Übergröße"
    outer["Message-ID"] = "<3@example.com>"
    outer["Date"] = "Wed, 07 Jan 2026 10:00:00 -0500"
    outer.set_content("See below.\n")
    outer.add_attachment(mixed)
    yield "forwarded", outer.as_bytes()

    yield "bare", b"Subject: no body and no line end"
    yield "empty header", b"\r\nOnly a body.\r\n"
    yield "eight bit", (b"From: x@example.com\r\nSubject: 8 bit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n"
                        b" charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + "Grüße ☃\r\n".encode())
    yield "broken", (b"From: @@@ nonsense\r\nTo: a b c\r\nSubject: a multipart that is none\r\nMIME-Version: 1.0\r\n"
                     b"Content-Type: multipart/mixed; boundary=nowhere\r\n\r\nno parts here\r\n")
    yield "long", b"From: y@example.com\r\nSubject: " + b"long " * 300 + b"\r\n\r\n" + b"line of text\r\n" * 2000


def crlf(octets):
    lines = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines += b"" if lines.endswith(b"\n") or not lines else b"\n"
    return lines.replace(b"\n", b"\r\n")


class Served:
    """Runs the server; `imap` and `pop` are its ports, `messages` what the INBOX holds."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        self.messages = []
        for number, (_, octets) in enumerate(letters()):
            (pathlib.Path(self.folder.name) / f"{number:03}.eml").write_bytes(octets)
            self.messages.append(crlf(octets))
        self.process = subprocess.Popen([program, self.folder.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.imap, self.pop = map(int, self.process.stdout.readline().split())

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()
        if code != 0:
            raise SystemExit(f"the server ended with {code}")


class Line:
    """A bare connection, for what clients would never say."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rb")

    def say(self, text):
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def read(self):
        return self.file.readline().decode("latin-1").rstrip("\r\n")

    def close(self):
        self.file.close()
        self.socket.close()
